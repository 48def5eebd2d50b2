// 10,000 random strings from a seed, the same in Text/Torture.cs: every kind of character, alone and in company.
function generator(seed) {
  let s = seed >>> 0;
  return n => { s ^= s << 13; s >>>= 0; s ^= s >>> 17; s ^= s << 5; s >>>= 0; return s % n; };
}

const gaps = [9, 10, 11, 12, 13, 32, 32, 32, 0x85, 0xa0, 0x1680, 0x2003, 0x2028, 0x202f, 0x3000, 0, 1, 7, 0x1b, 0x7f, 0x9f, 0xad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xfffd, 0x180e, 0x202e];
const emoji = ['😀', '👍🏽', '👩‍👩‍👧‍👦', '🇩🇪', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👨🏿‍🚀', '☝', '\u{1f3fb}', '\ufe0f', '\u200d'];
const words = ['the', 'The', ' of', "don't", "'s", "'LL", 'running', 'unbelievable', ' 1234', '3.14', '[SEP]', '[MASK]', '<|endoftext|>', '<s>', '</s>', '▁', '##ing', 'naïve', 'İstanbul', ' small',
  'tree', ' birds', '...', '?!', '--', 'http://', '\n\n', '  '];
const one = String.fromCodePoint;
const valid = c => c >= 0xd800 && c <= 0xdfff ? 0xfffd : c;

const kinds = [
  next => one(valid(next(17) * 0x10000 + next(0x10000))),
  next => one(valid(next(0x10000))),
  next => one(0x20 + next(95)),
  next => one(0xc0 + next(0x460)),
  next => one(0x300 + next(0x70)),
  next => one(gaps[next(gaps.length)]),
  next => one([0x4e00 + next(0x5200), 0xac00 + next(11172), 0x1100 + next(0x100), 0x3040 + next(0xc0)][next(4)]),
  next => emoji[next(emoji.length)],
  next => words[next(words.length)],
  next => one(0x590 + next(0xa00)),
  next => one([0xf900 + next(0x700), 0x2000 + next(0xc00), 0x1d400 + next(0x400)][next(3)]),
  next => ' ' + words[next(words.length)],
];

function text(next) {
  const mode = next(4), a = next(kinds.length), b = next(kinds.length), length = next(30);
  let result = '';
  for (let i = 0; i < length; i++) {
    const pick = next(kinds.length);
    result += kinds[mode === 0 ? pick : mode === 1 ? [2, 8, 11][pick % 3] : mode === 2 ? a : pick % 2 ? a : b](next);
  }
  return result;
}

exports.random = (count = 10000, seed = 20261122) => {
  const next = generator(seed);
  return Array.from({ length: count }, () => text(next));
};
