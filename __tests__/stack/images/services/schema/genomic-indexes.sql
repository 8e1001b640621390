ALTER TABLE access_method ADD CONSTRAINT access_method_object_fk FOREIGN KEY (drs_object_id) REFERENCES drs_object;
ALTER TABLE content_object ADD CONSTRAINT content_object_object_fk FOREIGN KEY (drs_object_id) REFERENCES drs_object;
ALTER TABLE drs_object ADD CONSTRAINT drs_object_program_fk FOREIGN KEY (program_id) REFERENCES program;
ALTER TABLE gene ADD CONSTRAINT gene_contig_fk FOREIGN KEY (contig_id) REFERENCES contig;
ALTER TABLE variantfile ADD CONSTRAINT variantfile_object_fk FOREIGN KEY (drs_object_id) REFERENCES drs_object;
ALTER TABLE sample ADD CONSTRAINT sample_variantfile_fk FOREIGN KEY (variantfile_id) REFERENCES variantfile;
ALTER TABLE position_bucket ADD CONSTRAINT position_bucket_contig_fk FOREIGN KEY (contig_id) REFERENCES contig;
ALTER TABLE variant
  ADD CONSTRAINT variant_pkey PRIMARY KEY (id),
  ADD CONSTRAINT variant_variantfile_fk FOREIGN KEY (variantfile_id) REFERENCES variantfile;

CREATE INDEX access_method_object ON access_method (drs_object_id);
CREATE INDEX content_object_object ON content_object (drs_object_id);
CREATE INDEX gene_name ON gene (gene_name);
CREATE INDEX sample_variantfile ON sample (variantfile_id);
CREATE INDEX position_bucket_place ON position_bucket (contig_id, bucket);
CREATE INDEX variant_place ON variant (contig_id, pos);
