// peers.js EVAL LANGUAGE FILE: documents per second of other sentiment analysers, which make eval has installed
// in directory EVAL; FILE has one document a line.  Prints "name TAB documents a second".
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const load = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const language = process.argv[3];
const lines = fs.readFileSync(process.argv[4], 'utf8').split('\n').filter((line) => line !== '');

async function measure(name, most, score) {
  const texts = lines.slice(0, most);
  for (const text of texts.slice(0, Math.ceil(most / 10))) await score(text);
  const begun = process.hrtime.bigint();
  for (const text of texts) await score(text);
  console.log(`${name}\t${Math.round(texts.length / (Number(process.hrtime.bigint() - begun) / 1e9))}`);
}

async function main() {
  if (language === 'en') {
    const { SentimentIntensityAnalyzer } = load('vader-sentiment');
    await measure('vader-sentiment', 4000, (text) => SentimentIntensityAnalyzer.polarity_scores(text));
  }
  const module_ = { en: 'LangEn', ar: 'LangAr', fa: 'LangFa' }[language];
  if (module_) {
    const { Container } = load('@nlpjs/core');
    const { SentimentAnalyzer } = load('@nlpjs/sentiment');
    const container = new Container();
    container.use(load(`@nlpjs/lang-${language}`)[module_]);
    const nlpjs = new SentimentAnalyzer({ container });
    await measure('nlp.js', 20000, (text) => nlpjs.process({ locale: language, text }));
  }
  const multilang = load('multilang-sentiment');
  await measure('multilang-sentiment', 20, (text) => multilang(text, language === 'he' ? 'iw' : language));
}

main();
