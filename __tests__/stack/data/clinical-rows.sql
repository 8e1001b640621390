-- Synthetic donors, the same for the same :donors every time and on every version: all that varies comes from md5.
-- Every donor and sample id starts with CANARY, so that a leak can be found by looking for that word.
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.number(n bigint, salt text) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN ('x' || substr(md5(salt || n), 1, 8))::bit(32)::bigint;
CREATE FUNCTION pg_temp.pick(choices text[], n bigint, salt text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN choices[1 + pg_temp.number(n, salt) % cardinality(choices)];
CREATE FUNCTION pg_temp.key(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(kind || n)::uuid;
CREATE FUNCTION pg_temp.months(n bigint, salt text) RETURNS jsonb LANGUAGE sql IMMUTABLE
  RETURN jsonb_build_object('month_interval', pg_temp.number(n, salt) % 480, 'day_interval', pg_temp.number(n, salt) % 14600);
CREATE FUNCTION pg_temp.program(donor bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN (ARRAY['MoHQ-CM-1', 'MoHQ-CM-2', 'TFRI-BREAST', 'POG-LUNG', 'PRISM-ÉTÉ'])[1 + donor % 5];

INSERT INTO program (program_id, metadata, created, updated)
SELECT id, jsonb_build_object('title', 'Cohort ' || id, 'contacts', jsonb_build_array('data-office@example.org')),
  timestamptz '2024-03-10 01:30:00 America/Vancouver', timestamptz '2024-11-03 01:30:00 America/Vancouver'
FROM (SELECT DISTINCT pg_temp.program(n) AS id FROM generate_series(1, 5) AS n) AS programs ORDER BY id;

INSERT INTO donor (uuid, submitter_donor_id, program_id, gender, sex_at_birth, is_deceased, lost_to_followup_reason,
  date_alive_after_lost_to_followup, cause_of_death, date_of_birth, date_of_death, primary_site)
SELECT pg_temp.key('donor', n), 'CANARY-DONOR-' || lpad(n::text, 6, '0'), pg_temp.program(n),
  pg_temp.pick(ARRAY['Man', 'Woman', 'Non-binary', NULL], n, 'gender'),
  pg_temp.pick(ARRAY['Male', 'Female', 'Other', 'Unknown'], n, 'sex'),
  n % 4 = 0,
  CASE WHEN n % 9 = 0 THEN 'Withdrew from study' END,
  CASE WHEN n % 9 = 0 THEN pg_temp.months(n, 'alive') END,
  CASE WHEN n % 4 = 0 THEN pg_temp.pick(ARRAY['Died of cancer', 'Died of other reasons', 'Unknown'], n, 'cause') END,
  pg_temp.months(n, 'birth'),
  CASE WHEN n % 4 = 0 THEN pg_temp.months(n, 'death') END,
  ARRAY[pg_temp.pick(ARRAY['Breast', 'Bronchus and lung', 'Colon', 'Ovary', 'Pancreas', 'Prostate gland', 'Skin'], n, 'site'),
    pg_temp.pick(ARRAY['Lymph nodes', 'Bones, joints and articular cartilage of limbs', 'Brain'], n, 'site 2')]
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO primary_diagnosis
SELECT pg_temp.key('diagnosis', n * 10 + d), format('DIAG-%s-%s', n, d), pg_temp.key('donor', n), pg_temp.program(n),
  pg_temp.months(n * 10 + d, 'diagnosed'),
  pg_temp.pick(ARRAY['C50.9', 'C34.1', 'C18.7', 'C56', 'C25.0', 'C61', 'C43.5'], n, 'code'),
  pg_temp.pick(ARRAY['Clinical investigation', 'Histology of a primary tumour', 'Cytology'], n + d, 'basis'),
  pg_temp.pick(ARRAY['Bilateral', 'Left', 'Right', 'Not applicable'], n + d, 'laterality'),
  pg_temp.pick(ARRAY['Stage I', 'Stage IIA', 'Stage IIIC', 'Stage IV'], n + d, 'stage'),
  'AJCC cancer staging system',
  repeat(pg_temp.pick(ARRAY['Tumour found on screening. ', 'Lésion découverte fortuitement. ', '偶然発見。'], n, 'text'), 1 + (n % 7)::int)
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 1 + (n % 3 = 0)::int) AS d;

INSERT INTO specimen
SELECT pg_temp.key('specimen', n * 100 + d * 10 + s), format('SPEC-%s-%s-%s', n, d, s), pg_temp.key('diagnosis', n * 10 + d),
  pg_temp.key('donor', n), pg_temp.program(n), pg_temp.months(n + s, 'collected'),
  pg_temp.pick(ARRAY['Cut slide', 'Frozen in liquid nitrogen', 'Paraffin block'], n + s, 'storage'),
  pg_temp.pick(ARRAY['G1', 'G2', 'G3', 'Low grade', 'High grade'], n + s, 'grade'),
  pg_temp.pick(ARRAY['0-19%', '20-50%', '51-100%'], n + s, 'percent'),
  pg_temp.pick(ARRAY['C50.1', 'C34.3', 'C18.0', 'C77.9'], n + s, 'location')
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 1 + (n % 3 = 0)::int) AS d, generate_series(1, 2) AS s;

INSERT INTO sample_registration
SELECT pg_temp.key('sample', row_number() OVER (ORDER BY submitter_specimen_id, k)),
  'CANARY-SAMPLE-' || lpad((row_number() OVER (ORDER BY submitter_specimen_id, k))::text, 7, '0'),
  uuid, donor_uuid, program_id, 'Solid tissue', CASE k WHEN 1 THEN 'Tumour' ELSE 'Normal' END,
  CASE k WHEN 1 THEN 'Primary tumour' ELSE 'Normal' END, CASE k WHEN 1 THEN 'Total DNA' ELSE 'Total RNA' END
FROM specimen, generate_series(1, 2) AS k;

INSERT INTO treatment
SELECT pg_temp.key('treatment', n * 10 + t), format('TR-%s-%s', n, t), pg_temp.key('diagnosis', n * 10 + 1),
  pg_temp.key('donor', n), pg_temp.program(n),
  CASE t WHEN 1 THEN ARRAY['Systemic therapy'] WHEN 2 THEN ARRAY['Radiation therapy', 'Systemic therapy'] ELSE ARRAY['Surgery'] END,
  CASE t WHEN 1 THEN 'Yes' ELSE 'No' END,
  pg_temp.months(n + t, 'start'), pg_temp.months(n + t, 'end'),
  pg_temp.pick(ARRAY['Curative', 'Palliative', 'Supportive', 'Screening'], n + t, 'intent'),
  pg_temp.pick(ARRAY['Complete response', 'Partial response', 'Progressive disease', 'Stable disease'], n + t, 'response'),
  t, pg_temp.pick(ARRAY['Treatment completed as prescribed', 'Patient choice', 'Treatment ongoing'], n + t, 'status')
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 3) AS t;

INSERT INTO systemic_therapy
SELECT pg_temp.key('systemic', n * 10 + t), pg_temp.key('treatment', n * 10 + t), pg_temp.program(n),
  pg_temp.pick(ARRAY['Chemotherapy', 'Hormone therapy', 'Immunotherapy'], n + t, 'therapy'),
  pg_temp.pick(ARRAY['FLUOROURACIL', 'LEUCOVORIN', 'Tamoxifen', 'Pembrolizumab', 'Letrozole', 'Cisplatin'], n + t, 'drug'),
  'RxNorm', (pg_temp.number(n + t, 'rxnorm') % 2000000)::text, 'mg/m2',
  (pg_temp.number(n + t, 'dose') % 100000) / 7.0, (pg_temp.number(n + t, 'actual') % 100000) / 7.0, 21, (1 + n % 8)::int
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 2) AS t;

INSERT INTO radiation
SELECT pg_temp.key('radiation', n), pg_temp.key('treatment', n * 10 + 2), pg_temp.program(n),
  pg_temp.pick(ARRAY['Megavoltage radiation therapy using photons (procedure)', 'Radiopharmaceutical'], n, 'modality'),
  (1 + n % 35)::int, (20 + n % 60)::int, pg_temp.pick(ARRAY['Chest', 'Breast', 'Pelvis', 'Brain'], n, 'irradiated'), n % 2 = 0
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO surgery
SELECT pg_temp.key('surgery', n), pg_temp.key('treatment', n * 10 + 3), pg_temp.program(n),
  pg_temp.pick(ARRAY['Lobectomy', 'Lumpectomy', 'Prostatectomy', 'Wide local excision'], n, 'surgery'),
  pg_temp.pick(ARRAY['C50.1', 'C34.3', 'C61', 'C18.0'], n, 'surgery site'), 'Primary',
  (pg_temp.number(n, 'length') % 1000) / 10.0, (pg_temp.number(n, 'width') % 1000) / 10.0,
  ARRAY['Circumferential resection margin', 'Distal margin']
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO follow_up
SELECT pg_temp.key('follow-up', n * 10 + f), pg_temp.key('donor', n), pg_temp.program(n), pg_temp.months(n + f, 'followed'),
  pg_temp.pick(ARRAY['No evidence of disease', 'Complete remission', 'Relapse or recurrence', 'Stable'], n + f, 'disease'),
  pg_temp.pick(ARRAY['Distant recurrence/metastasis', 'Local recurrence', NULL], n + f, 'relapse'), ARRAY['Imaging (procedure)']
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 3) AS f;

INSERT INTO biomarker
SELECT pg_temp.key('biomarker', n * 10 + b), pg_temp.key('donor', n), pg_temp.program(n), pg_temp.months(n + b, 'tested'),
  ((pg_temp.number(n + b, 'psa') % 10000) / 13.0)::real, ((pg_temp.number(n + b, 'ca125') % 10000) / 17.0)::real,
  pg_temp.pick(ARRAY['Positive', 'Negative', 'Cannot be determined'], n + b, 'er'),
  pg_temp.pick(ARRAY['Positive', 'Negative', 'Cannot be determined'], n + b, 'pr'),
  pg_temp.pick(ARRAY['Equivocal', 'Negative', 'Positive'], n + b, 'her2'), ARRAY['HPV16', 'HPV18']
FROM generate_series(1, :donors::bigint) AS n, generate_series(1, 2) AS b;

INSERT INTO comorbidity
SELECT pg_temp.key('comorbidity', n), pg_temp.key('donor', n), pg_temp.program(n), 'No', 'Not applicable',
  pg_temp.pick(ARRAY['E11', 'I10', 'J45', 'K21.9'], n, 'comorbidity'), (20 + n % 60)::int
FROM generate_series(1, :donors::bigint) AS n WHERE n % 2 = 0;

INSERT INTO exposure
SELECT pg_temp.key('exposure', n), pg_temp.key('donor', n), pg_temp.program(n),
  pg_temp.pick(ARRAY['Current smoker', 'Lifelong non-smoker (<100 cigarettes smoked in lifetime)', 'Not applicable'], n, 'smoking'),
  ARRAY['Cigarettes', 'Waterpipe'], (pg_temp.number(n, 'packs') % 600) / 11.0
FROM generate_series(1, :donors::bigint) AS n;
