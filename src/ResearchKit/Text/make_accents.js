// Writes accents.txt: every code point that Unicode decomposes canonically, and what is left of its full decomposition
// when the nonspacing marks are taken away. Hangul syllables are left out: they decompose by a formula.
//   node make_accents.js > accents.txt
const lines = [`# Unicode ${process.versions.unicode}: code point, then its canonical decomposition without nonspacing marks, in hexadecimal.`];
for (let c = 0x80; c < 0x110000; c++) {
  if (c >= 0xd800 && c < 0xe000 || c >= 0xac00 && c <= 0xd7a3) continue;
  const s = String.fromCodePoint(c), full = s.normalize('NFD');
  if (full === s) continue;
  const left = [...full].filter(x => !/\p{Mn}/u.test(x)).map(x => x.codePointAt(0).toString(16).toUpperCase());
  lines.push([c.toString(16).toUpperCase(), ...left].join(' '));
}
console.log(lines.join('\n'));
