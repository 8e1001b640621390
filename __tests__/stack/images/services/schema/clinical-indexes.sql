ALTER TABLE donor
  ADD CONSTRAINT donor_program_fk FOREIGN KEY (program_id) REFERENCES program DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT unique_donor UNIQUE (program_id, submitter_donor_id);
ALTER TABLE primary_diagnosis
  ADD CONSTRAINT primary_diagnosis_donor_fk FOREIGN KEY (donor_uuid) REFERENCES donor DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT unique_primary_diagnosis UNIQUE (program_id, submitter_primary_diagnosis_id);
ALTER TABLE specimen
  ADD CONSTRAINT specimen_primary_diagnosis_fk FOREIGN KEY (primary_diagnosis_uuid) REFERENCES primary_diagnosis
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT unique_specimen UNIQUE (program_id, submitter_specimen_id);
ALTER TABLE sample_registration
  ADD CONSTRAINT sample_registration_specimen_fk FOREIGN KEY (specimen_uuid) REFERENCES specimen
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT unique_sample UNIQUE (program_id, submitter_sample_id);
ALTER TABLE treatment
  ADD CONSTRAINT treatment_primary_diagnosis_fk FOREIGN KEY (primary_diagnosis_uuid) REFERENCES primary_diagnosis
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT unique_treatment UNIQUE (program_id, submitter_treatment_id);
ALTER TABLE systemic_therapy
  ADD CONSTRAINT systemic_therapy_treatment_fk FOREIGN KEY (treatment_uuid) REFERENCES treatment
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE radiation
  ADD CONSTRAINT radiation_treatment_fk FOREIGN KEY (treatment_uuid) REFERENCES treatment DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE surgery
  ADD CONSTRAINT surgery_treatment_fk FOREIGN KEY (treatment_uuid) REFERENCES treatment DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE follow_up
  ADD CONSTRAINT follow_up_donor_fk FOREIGN KEY (donor_uuid) REFERENCES donor DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE biomarker
  ADD CONSTRAINT biomarker_donor_fk FOREIGN KEY (donor_uuid) REFERENCES donor DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE comorbidity
  ADD CONSTRAINT comorbidity_donor_fk FOREIGN KEY (donor_uuid) REFERENCES donor DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE exposure
  ADD CONSTRAINT exposure_donor_fk FOREIGN KEY (donor_uuid) REFERENCES donor DEFERRABLE INITIALLY DEFERRED;

CREATE INDEX primary_diagnosis_donor ON primary_diagnosis (donor_uuid);
CREATE INDEX specimen_donor ON specimen (donor_uuid);
CREATE INDEX specimen_primary_diagnosis ON specimen (primary_diagnosis_uuid);
CREATE INDEX sample_registration_donor ON sample_registration (donor_uuid);
CREATE INDEX sample_registration_specimen ON sample_registration (specimen_uuid);
CREATE INDEX treatment_donor ON treatment (donor_uuid);
CREATE INDEX treatment_primary_diagnosis ON treatment (primary_diagnosis_uuid);
CREATE INDEX systemic_therapy_treatment ON systemic_therapy (treatment_uuid);
CREATE INDEX radiation_treatment ON radiation (treatment_uuid);
CREATE INDEX surgery_treatment ON surgery (treatment_uuid);
CREATE INDEX follow_up_donor ON follow_up (donor_uuid);
CREATE INDEX biomarker_donor ON biomarker (donor_uuid);
CREATE INDEX comorbidity_donor ON comorbidity (donor_uuid);
CREATE INDEX exposure_donor ON exposure (donor_uuid);
CREATE INDEX donor_primary_site ON donor USING gin (primary_site);
CREATE INDEX django_session_expire ON django_session (expire_date);
