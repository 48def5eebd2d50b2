// Writes unicode.txt: the properties of characters as Hugging Face's tokenizers know them, asked of that library code point by
// code point. It mixes several versions of Unicode (its normal forms are of 9.0), and .NET's tables depend on the machine, so
// neither the standard nor the runtime would give the same ids.
//   npm install tokenizers@0.23.2 && node make_unicode.js > unicode.txt
const t = require('tokenizers');
const hex = n => n.toString(16).toUpperCase();
const points = [];
for (let c = 0; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) points.push(c);
const of = String.fromCodePoint, codes = text => [...text].map(c => c.codePointAt(0));

function ranges(has) {
  const out = [];
  let start = -1, last = -1;
  for (const c of points) {
    if (!has(c)) continue;
    if (start >= 0 && c === last + 1) { last = c; continue; }
    if (start >= 0) out.push(start === last ? hex(start) : `${hex(start)}-${hex(last)}`);
    start = last = c;
  }
  if (start >= 0) out.push(start === last ? hex(start) : `${hex(start)}-${hex(last)}`);
  return out.join(' ');
}

// A class of the regular expressions that pre-tokenizers are made of.
function matches(pattern) {
  const json = { version: '1.0', added_tokens: [], normalizer: { type: 'Replace', pattern: { Regex: pattern }, content: '' }, pre_tokenizer: null,
    post_processor: null, decoder: null, model: { type: 'BPE', vocab: {}, merges: [] } };
  const normalizer = t.Tokenizer.fromString(JSON.stringify(json)).getNormalizer();
  return c => normalizer.normalizeString(of(c)) === '';
}

// What touches a token that is to be a single word.
async function wordCharacters() {
  const json = { version: '1.0', normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null,
    added_tokens: [{ id: 0, content: 'x', single_word: true, lstrip: false, rstrip: false, normalized: false, special: true }],
    model: { type: 'BPE', vocab: { x: 0 }, merges: [] } };
  const tokenizer = t.Tokenizer.fromString(JSON.stringify(json)), found = new Set();
  for (let i = 0; i < points.length; i += 50000) {
    const some = points.slice(i, i + 50000), encoded = await tokenizer.encodeBatch(some.map(c => of(c) + 'x'));
    encoded.forEach((e, k) => { if (e.getWordIds()[e.getLength() - 1] === 0) found.add(some[k]); });
  }
  return c => found.has(c);
}

const bert = (cleanText, stripAccents) => t.bertNormalizer({ cleanText, stripAccents, handleChineseChars: false, lowercase: false });
const clean = bert(true, false), strip = bert(false, true), combining = t.stripAccentsNormalizer(), lower = t.lowercase();
const nfd = t.nfdNormalizer(), nfkd = t.nfkdNormalizer(), nfc = t.nfcNormalizer(), cut = t.bertPreTokenizer();
const n = (normalizer, text) => normalizer.normalizeString(text);
const whole = c => n(nfd, of(c)) === of(c);

// A mark of each combining class but 0; two marks stand in the order of their classes once they are normalized.
const classes = [[1, 0x334], [7, 0x93c], [8, 0x3099], [9, 0x94d], [10, 0x5b0], [11, 0x5b1], [12, 0x5b2], [13, 0x5b3], [14, 0x5b4], [15, 0x5b5],
  [16, 0x5b6], [17, 0x5b7], [18, 0x5b8], [19, 0x5b9], [20, 0x5bb], [21, 0x5bc], [22, 0x5bd], [23, 0x5bf], [24, 0x5c1], [25, 0x5c2],
  [26, 0xfb1e], [27, 0x64b], [28, 0x64c], [29, 0x64d], [30, 0x618], [31, 0x619], [32, 0x61a], [33, 0x651], [34, 0x652], [35, 0x670],
  [36, 0x711], [84, 0xc55], [91, 0xc56], [103, 0xe38], [107, 0xe48], [118, 0xeb8], [122, 0xec8], [129, 0xf71], [130, 0xf72], [132, 0xf74],
  [202, 0x321], [214, 0x1dce], [216, 0x31b], [218, 0x302a], [220, 0x316], [222, 0x59a], [224, 0x302e], [226, 0x1d16d], [228, 0x5ae],
  [230, 0x300], [232, 0x315], [233, 0x35c], [234, 0x35d], [240, 0x345]];
function classOf(c) {
  const first = of(0x334), last = of(0x345), me = of(c);
  if (!whole(c) || n(nfd, me + first) === me + first && n(nfd, last + me) === last + me) return 0;
  for (const [k, mark] of classes) {
    const m = of(mark);
    if (n(nfd, me + m) === me + m && n(nfd, m + me) === m + me) return k;
  }
  throw new Error(`no class for ${hex(c)}`);
}

(async () => {
  const out = [`# tokenizers 0.23.2. Classes: ranges. lower, nfd, nfkd: code point, then what it becomes; one-apart: NFC does not put it together.`];
  const word = await wordCharacters();
  out.push(`control ${ranges(c => n(clean, of(c)) === '')}`);
  out.push(`punctuation ${ranges(c => { const cuts = cut.preTokenizeString('a' + of(c) + 'a'); return cuts.length === 3; })}`);
  out.push(`mark ${ranges(c => whole(c) && n(strip, of(c)) === '')}`);
  out.push(`combining ${ranges(c => n(combining, of(c)) === '')}`);
  out.push(`letter ${ranges(matches('\\p{L}'))}`, `number ${ranges(matches('\\p{N}'))}`, `blank ${ranges(matches('\\s'))}`, `word ${ranges(word)}`);
  const byClass = new Map();
  for (const c of points) { const k = classOf(c); if (k) byClass.set(c, k); }
  for (const k of [...new Set(byClass.values())].sort((a, b) => a - b)) out.push(`class ${k} ${ranges(c => byClass.get(c) === k)}`);
  const hangul = c => c >= 0xac00 && c <= 0xd7a3, map = (name, c, text) => out.push(`${name} ${hex(c)} ${codes(text).map(hex).join(' ')}`);
  for (const c of points) if (n(lower, of(c)) !== of(c)) map('lower', c, n(lower, of(c)));
  for (const c of points) if (!hangul(c) && !whole(c)) map('nfd', c, n(nfd, of(c)));
  for (const c of points) if (!hangul(c) && n(nfkd, of(c)) !== n(nfd, of(c))) map('nfkd', c, n(nfkd, of(c)));
  out.push(`one-apart ${ranges(c => !whole(c) && n(nfc, of(c)) !== of(c))}`);
  // Canonical composition joins two at a time: what is left when the last mark is taken off must be one character too.
  for (const c of points) {
    if (hangul(c) || whole(c) || n(nfc, of(c)) !== of(c)) continue;
    const parts = codes(n(nfd, of(c))), head = codes(n(nfc, of(...parts.slice(0, -1))));
    if (head.length !== 1 || n(nfc, of(head[0]) + of(parts.at(-1))) !== of(c)) throw new Error(`composition of ${hex(c)}`);
  }
  console.log(out.join('\n'));
})();
