// Writes reference.json: what Hugging Face's tokenizers make of texts.json and of the random strings with the files here and variants
// of them, in full and in digests; and real.json, digests for bert-base-uncased and gpt2, whose files are not part of the project.
// It also checks that they write our files as we do, to the byte.
//   npm install tokenizers@0.23.2 && TOKENIZERS=/folder/with/gpt2/and/bert-base-uncased node make_reference.js
const { Tokenizer } = require('tokenizers');
const crypto = require('crypto'), fs = require('fs'), os = require('os'), path = require('path');
const at = name => path.join(__dirname, name), read = name => JSON.parse(fs.readFileSync(at(name), 'utf8'));
const texts = read('texts.json'), random = require('./torture.js').random();
const sha = data => crypto.createHash('sha256').update(data).digest('hex');

const token = (id, content, more) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const vocabulary = base => read(base).model.vocab;
const pieces = vocabulary('wordpiece.json'), wp = Object.keys(pieces).length, bl = Object.keys(vocabulary('bytelevel.json')).length;
const bert = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((t, i) => token(i, t));
const normalizer = (clean_text, handle_chinese_chars, strip_accents, lowercase) =>
  ({ type: 'BertNormalizer', clean_text, handle_chinese_chars, strip_accents, lowercase });
const sequence = (...normalizers) => ({ type: 'Sequence', normalizers }), of = type => ({ type });
const byteLevel = (add_prefix_space, use_regex) => ({ type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex });
const split = (number, more) => ({ type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex:
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${number}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+` },
  behavior: 'Isolated', invert: false, ...more }, byteLevel(false, false)] });
const roberta = (trim_offsets, add_prefix_space) => ({ type: 'RobertaProcessing', sep: ['a', vocabulary('bytelevel.json').a], cls: ['<|endoftext|>', 0], trim_offsets, add_prefix_space });
const metaspace = (prepend_scheme, split) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split });

// Each variant replaces whole sections of a file. Those marked full are written out, the others as digests.
const variants = [
  { base: 'wordpiece.json', full: true },
  { base: 'bytelevel.json', full: true },
  { base: 'sp-bpe.json', full: true },
  { base: 'sp-unigram.json', full: true },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(true, true, null, false) } },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(false, false, false, true), decoder: { type: 'WordPiece', prefix: '##', cleanup: false } } },
  { base: 'wordpiece.json', patch: { normalizer: normalizer(true, false, true, false) } },
  { base: 'wordpiece.json', patch: { normalizer: null } },
  { base: 'wordpiece.json', patch: { normalizer: sequence(of('NFD'), of('Lowercase'), of('StripAccents')) } },
  { base: 'wordpiece.json', patch: { normalizer: sequence(of('NFKC'), of('Nmt'), { type: 'Strip', strip_left: true, strip_right: true }) } },
  { base: 'wordpiece.json', patch: { normalizer: sequence(of('NFKD'), { type: 'Replace', pattern: { String: 'tree' }, content: 'bird bird' }), pre_tokenizer: of('Whitespace') } },
  { base: 'wordpiece.json', patch: { normalizer: of('NFC'), pre_tokenizer: { type: 'Sequence', pretokenizers: [of('WhitespaceSplit'), { type: 'Digits', individual_digits: true }, of('BertPreTokenizer')] } } },
  { base: 'wordpiece.json', patch: { pre_tokenizer: { type: 'Digits', individual_digits: false } } },
  { base: 'wordpiece.json', patch: { added_tokens: [...bert, token(wp, 'Hello', { normalized: true, special: false }), token(wp + 1, 'text', { single_word: true }),
      token(pieces.b, 'b', { lstrip: true, rstrip: true, single_word: true }), token(wp + 2, '½'), token(wp + 3, '[SEP] [MASK]'),
      token(wp + 4, 'Ångström', { normalized: true, special: false })] } },
  { base: 'wordpiece.json', patch: { post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] } } },
  { base: 'bytelevel.json', patch: { pre_tokenizer: byteLevel(true, true) } },
  { base: 'bytelevel.json', patch: { pre_tokenizer: byteLevel(false, false) } },
  { base: 'bytelevel.json', patch: { added_tokens: [token(0, '<|endoftext|>'), token(bl, 'κόσμε', { lstrip: true }), token(bl + 1, 'of the', { rstrip: true, special: false })] } },
  { base: 'bytelevel.json', patch: { pre_tokenizer: byteLevel(true, true), post_processor: roberta(true, true), added_tokens: [token(0, '<|endoftext|>'), token(bl, '[MASK]', { lstrip: true })] } },
  { base: 'bytelevel.json', patch: { post_processor: roberta(true, false) } },
  { base: 'bytelevel.json', patch: { post_processor: byteLevel(false, true) } },
  { base: 'bytelevel.json', patch: { pre_tokenizer: split('\\p{N}{1,3}') } },
  { base: 'bytelevel.json', patch: { normalizer: of('NFC'), pre_tokenizer: split('\\p{N}', { behavior: 'Removed', invert: true }) } },
  { base: 'sp-bpe.json', patch: { normalizer: null, pre_tokenizer: metaspace('first', false), decoder: metaspace('first', false) } },
  { base: 'sp-bpe.json', patch: { normalizer: null, pre_tokenizer: metaspace('never', true), decoder: metaspace('never', true) } },
  { base: 'sp-unigram-bytes.json' },
  { base: 'sp-unigram.json', patch: { normalizer: of('NFKC'), pre_tokenizer: metaspace('always', true) } },
];
const pairs = [[0, 1, 63], [1, 2, 25], [2, 3, 17], [3, 0, 17], [4, 5, 9], [5, 4, 9], [6, 7, 13], [7, 6, 13], [6, 7, 32], [7, 6, 32]];

const file = path.join(os.tmpdir(), 'variant.json');
function load(base, patch) {
  fs.writeFileSync(file, JSON.stringify({ ...read(base), ...patch }));
  return Tokenizer.fromFile(file);
}
const places = e => e.getOffsets().map(([a, b]) => `${a}-${b}`).join(',');
const line = e => `${e.getIds().join(',')};${places(e)}`;
const digests = (lines, block) => Array.from({ length: Math.ceil(lines.length / block) }, (_, i) => sha(lines.slice(i * block, (i + 1) * block).map(l => l + '\n').join('')).slice(0, 12));
const encode = (tokenizer, some) => Promise.all(some.map(t => tokenizer.encode(t, null, { addSpecialTokens: false })));

async function describe({ base, patch = {}, full = false }) {
  const tokenizer = load(base, patch), encoded = await encode(tokenizer, texts);
  const decoded = await Promise.all(encoded.map(e => e.getLength() ? tokenizer.decode(e.getIds(), false) : ''));
  const plain = await Promise.all(encoded.map(e => e.getLength() ? tokenizer.decode(e.getIds(), true) : ''));
  const result = { base, patch };
  if (full) result.cases = encoded.map((e, i) => ({ ids: e.getIds(), places: places(e), words: e.getWordIds().join(','), decoded: decoded[i], ...(plain[i] === decoded[i] ? {} : { plain: plain[i] }) }));
  else result.texts = digests(encoded.map((e, i) => `${line(e)}|${decoded[i]}|${plain[i]}`), 1).map(d => d.slice(0, 8)).join(' ');
  result.random = digests((await encode(tokenizer, random)).map(line), 500);
  return result;
}

// Framed texts and pairs, whole and cut. The library stops to tokenize a text once it has as many tokens as are allowed, so it gives no windows
// of the rest, which are cut from whole encodings here; and where both texts are that long it takes them for equally long, so the room beside
// the special tokens is even there; it is odd in the last two cases, where neither is.
async function framed(base, patch, special) {
  const lines = fs.readFileSync(at('corpus.txt'), 'utf8').split('\n'), tokenizer = load(base, patch), cases = [];
  const bare = load(base, { ...patch, post_processor: null });
  const show = e => ({ ids: e.getIds(), types: e.getTypeIds(), places: places(e), sequences: e.getSequenceIds().map(s => s ?? -1) });
  const whole = text => bare.encode(text, null, { addSpecialTokens: false });
  for (const [a, b, most] of pairs) {
    const max = most - 3 + special, first = lines[a], second = lines[b].slice(0, 20 + 10 * b), item = { first, second, max };
    tokenizer.setTruncation(max);
    item.single = show(await tokenizer.encode(first));
    item.pair = show(await tokenizer.encode(first, second));
    tokenizer.disableTruncation();
    item.whole = show(await tokenizer.encode(first, second));
    for (const direction of ['right', 'left']) {
      const one = await whole(first), other = await whole(second);
      other.truncate(6, 2, direction);
      const windows = tokenizer.postProcess(one, other, true);
      item[direction] = { max: 6, windows: [windows, ...windows.getOverflowing()].map(show) };
    }
    cases.push(item);
  }
  return { base, patch, cases };
}

async function real() {
  const folder = process.env.TOKENIZERS, result = {};
  if (!folder) throw new Error('set TOKENIZERS to the folder that holds gpt2 and bert-base-uncased');
  for (const name of ['bert-base-uncased', 'gpt2']) {
    const json = path.join(folder, name, 'tokenizer.json'), tokenizer = Tokenizer.fromFile(json);
    const some = async strings => digests((await encode(tokenizer, strings)).map(line), 100);
    result[name] = { sha256: sha(fs.readFileSync(json)), texts: await some(texts), random: await some(random) };
  }
  fs.writeFileSync(at('real.json'), JSON.stringify(result, null, 1) + '\n');
}

(async () => {
  const result = { tokenizers: require('tokenizers/package.json').version, variants: [], framed: [] };
  for (const variant of variants) result.variants.push(await describe(variant));
  for (const base of ['wordpiece.json', 'bytelevel.json']) {
    Tokenizer.fromFile(at(base)).save(file, true);
    if (fs.readFileSync(file, 'utf8') !== fs.readFileSync(at(base), 'utf8')) throw new Error(`${base} is laid out otherwise by tokenizers: see ${file}`);
  }
  result.framed.push(await framed('wordpiece.json', {}, 3), await framed('bytelevel.json', { post_processor: roberta(true, false) }, 4), await framed('sp-bpe.json', {}, 2), await framed('sp-unigram.json', {}, 2));
  fs.writeFileSync(at('reference.json'), JSON.stringify(result).replace(/\},\{/g, '},\n{') + '\n');
  await real();
  console.log(`${result.variants.length} variants of ${texts.length} texts and ${random.length} random strings`);
})();
