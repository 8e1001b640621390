-- The part that does not come from patients: contigs and genes, there from the first start on.
INSERT INTO contig (id, length)
SELECT name, 250000000 - (position - 1) * 8000000
FROM unnest(ARRAY['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21','22','X','Y','MT'])
  WITH ORDINALITY AS contig (name, position);

INSERT INTO gene (reference_genome, gene_name, transcript_name, contig_id, span)
SELECT genome, 'GENE' || n, 'ENST' || lpad((n * 37)::text, 11, '0'), (SELECT id FROM contig ORDER BY id OFFSET n % 25 LIMIT 1),
  int4range(n * 10000, n * 10000 + 500 + n % 3000)
FROM unnest(ARRAY['hg37', 'hg38']) AS genome, generate_series(1, 1000) AS n;
