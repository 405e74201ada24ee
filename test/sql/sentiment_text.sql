-- What texts become for the scorer: characters, words, languages.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null '(null)'
CREATE SCHEMA sentiment_text;
SET search_path = sentiment_text;
-- (Arabic and Hebrew stand here as they are written; what cannot be seen is escaped)
CREATE TABLE forms (rule text, body text, normal text);

-- -------------------------------------------------- all languages
INSERT INTO forms VALUES
  ('case', 'Great GREAT great', 'great great great'), ('case', 'Straße STRASSE', 'strasse strasse'), ('case', U&'\0130stanbul \0131', 'istanbul i'),
  ('compatibility', U&'\FF27\FF2F\FF2F\FF24', 'good'), ('compatibility', U&'\FB01ne \FB02at', 'fine flat'), ('compatibility', U&'\+01D41B\+01D428\+01D425\+01D41D', 'bold'), ('compatibility', U&'x\00B2', 'x'),
  ('accents', 'café naïve', 'cafe naive'), ('accents', U&'cafe\0301 na\0308ive', 'cafe naive'), ('accents', U&'a\0300\0301\0302\0303', 'a'), ('accents', U&'\0301', ''),
  ('links', 'see http://example.com/a?b=c#d now', 'see now'), ('links', 'HTTPS://EXAMPLE.COM', ''), ('links', 'www.example.com, fine', 'fine'), ('links', U&'x http://example.com/\0639\0631 y', 'x y'), ('links', 'httpd www', 'httpd ww'), ('links', U&'\062C\0648https://t.co/x y', U&'\062C\0648 y'),
  ('names', '@some_body.else-where thanks', 'thanks'), ('names', U&'@\0645\062D\0645\062F \0634\0643\0631\0627', 'شكرا'), ('names', '@ home', 'home'),
  ('hashtags', '#fail #Great_Service', 'fail great service'), ('hashtags', '#שלום', 'שלומ'),
  ('digits', '12 3,456', '00 0 000'), ('digits', U&'\0661\0662 \06F1\06F2\06F3 \FF11', '00 000 0'), ('digits', 'b2b 4ever', 'b0b 0ever'),
  ('elongation', 'soooo goood looool', 'soo good lool'), ('elongation', 'good', 'good'), ('elongation', 'NOOOOO', 'noo'), ('elongation', '1000000', '0000000'),
  ('apostrophes', U&'isn\2019t isn''t isn\02BCt isn`t isn\00B4t isn\FF07t', 'isn''t isn''t isn''t isn''t isn''t isn''t'), ('apostrophes', '''quoted'' rock ''n'' roll', 'quoted rock n roll'), ('apostrophes', 'dogs'' tails', 'dogs tails'),
  ('unseen', U&'\FEFFgood', 'good'), ('unseen', U&'go\00ADod', 'good'), ('unseen', U&'\202Bgood\202C \2067bad\2069 f\200Ei\200Fne', 'good bad fine'), ('unseen', U&'good\200Bbad', 'good bad'), ('unseen', U&'a\2060b', 'ab'),
  ('spaces', U&'  a\00A0b\2003c\3000d\0009e  ', 'a b c d e'), ('spaces', E'one\ntwo\r\nthree', 'one two three'),
  ('marks', 'wow! wow!! wow!!! what? what??? really?! so!?!', 'wow ! wow !! wow !! what ? what ?? really ?! so ?!'), ('marks', U&'\00A1hola! \00BFque? \FF01\FF1F', '! hola ! ? que ? ?!'),
  ('punctuation', 'well-made, (very) "nice"; "good"... [x] {y} a/b', 'well made very nice good x y a b'), ('punctuation', 'U.S.A.', 'u s a'), ('nothing', '', ''), ('nothing', '   ', ''), ('nothing', '., - [ ] ;', '');
-- -------------------------------------------------- pictures
INSERT INTO forms VALUES
  ('variation selector', U&'\2764\FE0F \2764', U&'\2764 \2764'), ('skin tone', U&'\+01F44D\+01F3FD \+01F44D', U&'\+01F44D \+01F44D'),
  ('joined', U&'\+01F468\200D\+01F469\200D\+01F467', U&'\+01F468\+01F469\+01F467'), ('joined', U&'\+01F469\+01F3FD\200D\+01F680', U&'\+01F469\+01F680'), ('joined', U&'\+01F3F3\FE0F\200D\+01F308', U&'\+01F3F3\+01F308'),
  ('flags', U&'\+01F1E9\+01F1EA\+01F1EB\+01F1F7', U&'\+01F1E9\+01F1EA \+01F1EB\+01F1F7'), ('keycap', U&'1\FE0F\20E3', '0'), ('many', U&'\+01F60D\+01F60D\+01F60D', U&'\+01F60D \+01F60D \+01F60D'),
  ('in a word', U&'so\+01F60Dgood', U&'so \+01F60D good'), ('parts alone', U&'\FE0F \200D \+01F3FD', ''), ('joiner at the end', U&'\+01F468\200D', U&'\+01F468'),
  ('emoticons', 'ok :) :-( :D', 'ok :) :-( :D'), ('emoticons', 'fine:)', 'fine :)'), ('emoticons', '<3 </3', '<3 </3'), ('word boundary', 'xD XD', 'xD XD'), ('word boundary', 'taxD XDabc', 'taxd xdabc'), ('no emoticon', '8:30', '0 00');
-- -------------------------------------------------- Arabic
INSERT INTO forms VALUES
  ('alef', 'أحمد إحمد آحمد ٱحمد احمد', 'احمد احمد احمد احمد احمد'), ('maqsura', 'على مستشفى', 'علي مستشفي'), ('ta marbuta', 'تجربة', 'تجربه'), ('hamza', 'مسؤول بئر سماء', 'مسوول بير سماء'),
  ('harakat', U&'\062E\0650\062F\0652\0645\064E\0629\064C', 'خدمه'), ('harakat', U&'\0645\0645\062A\0627\0632\0651\0670', 'ممتاز'), ('tatweel', U&'\0631\0627\0626\0640\0640\0640\0639', 'رايع'),
  ('presentation forms', U&'\FEAD\FE8D\FE8B\FEC9', 'رايع'), ('presentation forms', U&'\FEFB \FEF7', 'لا لا'), ('ligature', U&'\FDF2', 'الله'), ('elongation', 'راااائع ممتااااز', 'رايع ممتاز'), ('doubled', 'مممتاز الله', 'متاز الله'),
  ('punctuation', 'جيد، جدا؛ متى؟', 'جيد جدا متي ?'), ('mixed scripts', 'الخدمةvery', 'الخدمه very'), ('digits', 'غرفة٣٤', 'غرفه00');
-- -------------------------------------------------- Persian
INSERT INTO forms VALUES
  ('yeh and kaf', 'کیفیت كيفيت', 'كيفيت كيفيت'), ('heh', U&'\062E\0627\0646\06C0 \062E\0627\0646\0647\0654', 'خانه خانه'), ('ZWNJ', U&'\0645\06CC\200C\06A9\0646\0645', 'مي كنم'), ('digits', U&'\06F2\06F3\06F4', '000'),
  ('letters of its own', 'گچ پژ', 'گچ پژ'), ('ezafe', U&'\06A9\06CC\0641\06CC\062A\0650', 'كيفيت'), ('elongation', 'عااااالی', 'عالي');
-- -------------------------------------------------- Hebrew
INSERT INTO forms VALUES
  ('niqqud', U&'\05E9\05C1\05B5\05E8\05D5\05BC\05EA', 'שרות'), ('cantillation', U&'\05D8\0596\05D5\05B9\05D1', 'טוב'), ('final letters', 'מלך אדם מן כסף ארץ', 'מלכ אדמ מנ כספ ארצ'), ('presentation forms', U&'\FB2A\FB35\FB4B', 'שוו'),
  ('gershayim', U&'\05D7\05D5\05F4\05DC \05D7\05D5"\05DC', 'חול חול'), ('geresh', U&'\05E6\05F3\05E7 \05E6''\05E7 \05E6\2019\05E7', 'צק צק צק'), ('quotes', '"טוב"', 'טוב'), ('maqaf', U&'\05DC\05D0\05BE\05D8\05D5\05D1', 'לא טוב'), ('elongation', 'מדהיםםםם', 'מדהימ');
-- -------------------------------------------------- others
INSERT INTO forms VALUES
  ('Cyrillic', 'Очень ХОРОШО, ёлка', 'очень хорошо елка'), ('Greek', 'Καλημέρα ΚΟΣΜΟΣ', 'καλημερα κοσμοσ'), ('Hangul', '좋아요 최고', '좋아요 최고'),
  ('Thai', 'อาหารอร่อยมาก', 'อาหาร อร่อย มาก'), ('Chinese', '我爱北京。', '我 爱 北京'), ('Japanese', 'とても良いです', 'とても 良い です'), ('long vowel', 'コーヒー', 'コーヒー'), ('half width', U&'\FF76\FF9E\FF9D', 'ガン'), ('taken apart', U&'\304B\3099', 'が'), ('beyond plane 0', U&'\+010428\+010429', U&'\+010428\+010429'),
  ('next to others', 'iPhone很好用', 'iphone 很好 用');
-- all of them: no rows
SELECT rule, body, engage.normalize_text(body) AS got, normal AS wanted FROM forms WHERE engage.normalize_text(body) IS DISTINCT FROM normal;
-- a normal form is its own normal form: no rows
SELECT rule, normal, engage.normalize_text(normal) FROM forms WHERE engage.normalize_text(normal) IS DISTINCT FROM normal AND rule NOT IN ('joined', 'marks');
-- it is the words, with blanks between them
SELECT count(*) FILTER (WHERE engage.normalize_text(body) IS DISTINCT FROM coalesce((SELECT string_agg(word, ' ' ORDER BY n) FROM engage.words(body)), '')) AS differ FROM forms;
-- words come in order, without overlap, and stand where they are said to stand
SELECT count(*) FILTER (WHERE w.start < 1 OR w.length < 1 OR w.start + w.length - 1 > char_length(body) OR w.start < w.before_ends) AS misplaced,
       count(*) FILTER (WHERE engage.normalize_text(substr(body, w.start::int, w.length::int)) <> w.word) AS "other form", count(*) > 150 AS many
FROM forms, LATERAL (SELECT *, coalesce(lag(start + length) OVER (ORDER BY n), 1) AS before_ends FROM engage.words(body)) w;
SELECT * FROM engage.words(U&'Isn\2019t it \+01F44D\+01F3FD? \062E\0650\062F\0652\0645\064E\0629 2x :-) #ok http://x.y z!!');
SELECT engage.normalize_text(NULL), engage.language_of(NULL), (SELECT count(*) FROM engage.words(NULL)) AS words;

-- --------------------------------------------------- long words and texts
-- a word that is too long is cut at 64 units, never within a character
SELECT char_length(engage.normalize_text(repeat('ab', 1000))) AS latin, char_length(engage.normalize_text('x' || repeat(U&'\+010428\+010429', 1000))) AS mixed, char_length(engage.normalize_text(repeat(U&'\+010428\+010429', 1000))) AS pairs, char_length(engage.normalize_text(U&'\10D0' || repeat(U&'\+010428\+010429', 1000))) AS odd;
SELECT (SELECT length FROM engage.words(repeat('ab', 1000))) AS span;
-- pieces of a long run without spaces meet between words
SELECT count(*) BETWEEN 2900 AND 3100 AS words, sum(length) FROM engage.words(repeat('อาหารอร่อยมาก', 1000));
SELECT count(*), count(DISTINCT word), sum(length) FROM engage.words(repeat('我爱北京', 1000));
-- floods
SELECT count(*), max(length) FROM engage.words(repeat(U&'\+01F600\200D', 100000));
SELECT count(*), max(length) FROM engage.words('a' || repeat(U&'\0301', 100000));
SELECT count(*), max(length) FROM engage.words(repeat('@', 100000) || repeat('http://', 10000));
SELECT count(*) FROM engage.words(repeat('!?', 100000));
SELECT count(*) FROM engage.words(repeat(U&'\202E', 100000));

-- -------------------------------------------------------------- languages
CREATE TABLE languages (lang text, body text);
INSERT INTO languages VALUES
  ('en', 'The delivery was late and the box was open.'), ('en', 'ok'), ('en', 'AWESOME'), ('en', 'I ordered from شركة yesterday and it was fine'),
  ('ar', 'وصلت الطلبية متأخرة وكان الصندوق مفتوحا'), ('ar', 'الاكل بايخ والسعر غالي'), ('ar', 'هذا المكان من أجمل الأماكن التي زرتها'), ('ar', 'مش هشتري منهم تاني'),
  ('fa', 'سفارش من دیر رسید و جعبه باز بود'), ('fa', U&'\0627\06CC\0646 \0631\0633\062A\0648\0631\0627\0646 \0631\0627 \0628\0647 \0647\0645\0647 \067E\06CC\0634\0646\0647\0627\062F \0645\06CC\200C\06A9\0646\0645'), ('fa', 'غذاش سرد بود و خيلي دير رسيد'), ('fa', 'اصلا راضی نبودم از خریدم'),
  ('he', 'המשלוח הגיע באיחור והקופסה הייתה פתוחה'), ('he', 'טוב'), ('he', 'קניתי iPhone בחנות'),
  ('und', 'Доставка была поздно'), ('und', 'Leider kam das Paket erst letzten Montag'), ('und', 'อาหารอร่อยมาก'), ('und', '服务很好'), ('und', 'La comida estaba muy rica y el camarero amable'),
  (NULL, ''), (NULL, '12345 !!!'), (NULL, U&'\+01F60D'), (NULL, 'http://example.com @name');
SELECT lang, body, engage.language_of(body) AS got FROM languages WHERE engage.language_of(body) IS DISTINCT FROM lang;
SELECT count(*) FILTER (WHERE (engage.sentiment_detail(body)).language IS DISTINCT FROM engage.language_of(body)) AS "detail says another" FROM languages;
DROP SCHEMA sentiment_text CASCADE;
