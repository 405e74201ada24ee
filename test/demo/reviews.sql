-- demo.in_reviews (all text) -> reviews
SELECT demo.decide_date_order('reviews', :'date_order') AS date_order \gset

CREATE UNLOGGED TABLE demo.parsed AS
SELECT *, demo.ts(raw_ts, :'date_order') AS ts, review_id IS NOT NULL AND row_number() OVER (PARTITION BY review_id ORDER BY line) > 1 AS duplicate
FROM (SELECT line, demo.val(review_id) AS review_id, demo.customer(demo.val(customer_id)) AS customer_id, demo.val(ts) AS raw_ts,
		lower(demo.val(lang_hint)) AS told, demo.val(body) AS body
	FROM demo.in_reviews OFFSET 0) AS trimmed;

INSERT INTO excluded
SELECT 'reviews', line, column_name, reason, value
FROM demo.parsed, LATERAL (VALUES
	('review_id', CASE WHEN duplicate THEN 'duplicate review' END, review_id),
	('body', CASE WHEN NOT duplicate AND body IS NULL THEN 'no text' END, NULL),
	('ts', CASE WHEN NOT duplicate AND raw_ts IS NOT NULL AND ts IS NULL THEN demo.not_a_date(raw_ts) || ' (the review stays)' END, raw_ts)
) AS v(column_name, reason, value)
WHERE reason IS NOT NULL;

CREATE TABLE public.reviews AS
SELECT coalesce(review_id, 'line ' || line) AS id, customer_id, ts,
	CASE WHEN told ~ '^(en|eng|english)([^a-z]|$)' THEN 'en' WHEN told ~ U&'^(ar|ara|arabic|\0639\0631\0628\064A)([^a-z]|$)' THEN 'ar'
		WHEN told ~ U&'^(fa|fas|per|persian|farsi|\0641\0627\0631\0633\06CC)([^a-z]|$)' THEN 'fa'
		WHEN told ~ U&'^(he|heb|iw|hebrew|\05E2\05D1\05E8\05D9\05EA)([^a-z]|$)' THEN 'he' ELSE told END AS lang_hint, body
FROM demo.parsed WHERE body IS NOT NULL AND NOT duplicate;
COMMENT ON TABLE public.reviews IS 'one row a comment of a customer; lang_hint is the language that the file names, which the scorer does not need';
ANALYZE public.reviews;
DROP TABLE demo.parsed;

-- What shops are praised and blamed for, in the four languages; change it to what yours is about.
CREATE TABLE public.review_themes AS SELECT $json${
	"delivery": ["delivery", "shipping", "parcel", "driver", "courier", "tracking", "late",
		"توصيل", "شحن", "مندوب", "سائق", "متأخر", "تأخر", "ارسال", "پیک", "تحویل", "دیر رسید", "משלוח", "שליח", "איחור", "איחר"],
	"price": ["price", "expensive", "cheap", "value", "discount",
		"سعر", "أسعار", "غالي", "رخيص", "خصم", "قیمت", "گرون", "گران", "ارزان", "تخفیف", "מחיר", "יקר", "זול", "הנחה"],
	"quality": ["quality", "material", "fabric", "colour", "color", "broken", "fell apart", "fits",
		"جودة", "قماش", "لون", "مكسور", "کیفیت", "بی‌کیفیت", "جنس", "پارچه", "رنگ", "دوخت", "خراب", "شکسته", "איכות", "בד", "צבע", "שבור", "לא עובד"],
	"service": ["staff", "customer service", "support", "answer", "helpful", "rude",
		"خدمة العملاء", "موظف", "موظفين", "تعامل", "لا يرد", "پشتیبانی", "کارکنان", "برخورد", "جواب", "שירות", "צוות", "לא ענה"],
	"refunds": ["refund", "returns", "exchange", "money back",
		"إرجاع", "استرجاع", "استبدال", "برگشت", "مرجوع", "تعویض", "החזר", "החלפה", "מחזירים"],
	"packaging": ["packaging", "box", "تغليف", "علبة", "بسته‌بندی", "جعبه", "אריזה", "ארגז"]
}$json$::jsonb AS keywords;
COMMENT ON TABLE public.review_themes IS 'themes for engage.theme_of() and engage.theme_matches()';
