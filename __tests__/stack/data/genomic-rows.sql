-- Synthetic files, samples and :rows variants for :donors donors; the same every time (see clinical-rows.sql).
SET client_min_messages = warning;

INSERT INTO program (id, statistics)
SELECT id, jsonb_build_object('created', '2024-10-24', 'files', 7)
FROM unnest(ARRAY['MoHQ-CM-1', 'MoHQ-CM-2', 'TFRI-BREAST', 'POG-LUNG', 'PRISM-ÉTÉ']) AS id;

INSERT INTO drs_object
SELECT 'file_' || n, format('sample_%s.vcf.gz', n), 'drs://htsget/file_' || n, 1000000 + n * 4096,
  timestamptz '2024-01-01 00:00Z' + n * interval '1 hour', timestamptz '2024-02-01 00:00Z' + n * interval '1 hour', 'v1',
  'application/octet-stream', 'wgs', (ARRAY['MoHQ-CM-1', 'MoHQ-CM-2', 'TFRI-BREAST', 'POG-LUNG', 'PRISM-ÉTÉ'])[1 + n % 5],
  'hg38', jsonb_build_array(jsonb_build_object('type', 'sha-256', 'checksum', md5('a' || n) || md5('b' || n))), ARRAY['alias-' || n]
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO access_method (drs_object_id, type, access_id, region, url)
SELECT 'file_' || n, 's3', 'store.example.org/candig/' || md5(n::text), 'ca-central-1', NULL
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO content_object (drs_object_id, name, contents_id, drs_uri)
SELECT 'file_' || n, 'variant', format('sample_%s.vcf.gz', n), ARRAY['drs://htsget/file_' || n]
FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO variantfile
SELECT 'vf_' || n, 'file_' || n, 'CANARY-GENOMIC-' || n, 'hg38', true, 'chr' FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO sample
SELECT 'CANARY-SAMPLE-' || lpad(n::text, 7, '0'), 'vf_' || n, 'TUMOUR' FROM generate_series(1, :donors::bigint) AS n;

INSERT INTO variant
SELECT n, 'vf_' || 1 + n % :donors, (ARRAY['1','2','3','4','5','6','7','8','9','10','11','12','X'])[1 + n % 13],
  (h & 268435455)::int, (ARRAY['A','C','G','T'])[1 + (h >> 3) % 4], (ARRAY['T','G','AC','CTTA'])[1 + (h >> 5) % 4],
  (h % 5000) / 50.0, CASE WHEN h % 11 = 0 THEN 'LowQual' ELSE 'PASS' END,
  format('AC=%s;AF=0.%s;AN=%s;DP=%s;MQ=%s;SOMATIC;CSQ=missense_variant|MODERATE|%s', 1 + h % 2, 100 + h % 900, 2, h % 250, (h >> 7) % 61, digest || md5(digest)),
  ARRAY[(h % 2)::smallint, ((h >> 9) % 2)::smallint]
FROM (
  SELECT n, digest, ('x' || substr(digest, 1, 8))::bit(32)::bigint AS h
  FROM (SELECT n, md5('variant' || n) AS digest FROM generate_series(1, :rows::bigint) AS n) AS numbered
) AS hashed;

INSERT INTO position_bucket (contig_id, bucket, variant_count)
SELECT contig_id, pos / 10000000, count(*) FROM variant GROUP BY 1, 2 ORDER BY 1, 2;
