// Writes reference.json: what Hugging Face's tokenizers make of texts.json with the kit's two files and variants of them.
// It also checks that they write our files as we do, to the byte.
//   npm install tokenizers@0.23.2 && node make_reference.js
const { Tokenizer } = require('tokenizers');
const fs = require('fs'), os = require('os'), path = require('path');
const at = name => path.join(__dirname, name);
const texts = JSON.parse(fs.readFileSync(at('texts.json'), 'utf8'));

const token = (id, content, more) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const vocabulary = base => JSON.parse(fs.readFileSync(at(base), 'utf8')).model.vocab;
const pieces = vocabulary('wordpiece.json'), wp = Object.keys(pieces).length, bl = Object.keys(vocabulary('bytelevel.json')).length;
const bert = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((t, i) => token(i, t));
const normalizer = (clean_text, handle_chinese_chars, strip_accents, lowercase) =>
  ({ type: 'BertNormalizer', clean_text, handle_chinese_chars, strip_accents, lowercase });

// Each variant replaces whole sections of a file.
const variants = [
  { base: 'wordpiece.json', patch: {} },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(true, true, null, false) } },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(false, false, false, true), decoder: { type: 'WordPiece', prefix: '##', cleanup: false } } },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(true, false, true, false) } },
  { base: 'wordpiece.json', patch: { normalizer: null } },
  { base: 'wordpiece.json', patch: { added_tokens: [...bert, token(wp, 'Hello', { normalized: true, special: false }), token(wp + 1, 'text', { single_word: true }),
      token(pieces.b, 'b', { lstrip: true, rstrip: true, single_word: true }), token(wp + 2, '½'), token(wp + 3, '[SEP] [MASK]'),
      token(wp + 4, 'Ångström', { normalized: true, special: false })] } },
  { base: 'wordpiece.json', patch: { post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] } } },
  { base: 'bytelevel.json', patch: {} },
  { base: 'bytelevel.json', patch: { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true } } },
  { base: 'bytelevel.json', patch: { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false } } },
  { base: 'bytelevel.json', patch: { added_tokens: [token(0, '<|endoftext|>'), token(bl, 'κόσμε', { lstrip: true }), token(bl + 1, 'of the', { rstrip: true, special: false })] } },
];
const pairs = [[0, 1, 64], [1, 2, 24], [2, 3, 17], [3, 0, 16], [4, 5, 9], [5, 4, 8], [6, 7, 12], [7, 6, 13]];

(async () => {
  const file = path.join(os.tmpdir(), 'variant.json'), result = [];
  for (const { base, patch } of variants) {
    const json = JSON.parse(fs.readFileSync(at(base), 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...json, ...patch }));
    const tokenizer = Tokenizer.fromFile(file), cases = [];
    for (const text of texts) {
      const ids = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
      const decoded = ids.length ? await tokenizer.decode(ids, false) : '', plain = ids.length ? await tokenizer.decode(ids, true) : '';
      cases.push(plain === decoded ? { ids, decoded } : { ids, decoded, plain });
    }
    result.push({ base, patch, cases });
  }
  for (const base of ['wordpiece.json', 'bytelevel.json']) {
    Tokenizer.fromFile(at(base)).save(file, true);
    if (fs.readFileSync(file, 'utf8') !== fs.readFileSync(at(base), 'utf8')) throw new Error(`${base} is laid out otherwise by tokenizers: see ${file}`);
  }
  const framed = [], lines = fs.readFileSync(at('corpus.txt'), 'utf8').split('\n'), tokenizer = Tokenizer.fromFile(at('wordpiece.json'));
  for (const [a, b, max] of pairs) {
    const first = lines[a], second = lines[b].slice(0, 20 + 10 * b);
    tokenizer.setTruncation(max);
    const one = await tokenizer.encode(first), two = await tokenizer.encode(first, second);
    framed.push({ first, second, max, single: one.getIds(), pair: two.getIds(), segments: two.getTypeIds() });
  }
  fs.writeFileSync(at('reference.json'), JSON.stringify({ variants: result, framed }).replace(/\},\{/g, '},\n{') + '\n');
  console.log(`${result.length} variants of ${texts.length} texts, ${framed.length} pairs`);
})();
