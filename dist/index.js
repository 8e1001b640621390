import { createRequire as makeRequire } from 'node:module';
import { dirname as folderOf } from 'node:path';
const require = makeRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = folderOf(__filename);
import {
  BackupError,
  backup,
  copy,
  exitCodeOf,
  forgetPrevious,
  generateIdentity,
  generateSigningKey,
  isBackupError,
  list,
  open,
  openDirectory,
  openLocal,
  openS3,
  openSftp,
  openSsh,
  parseBackupId,
  parseIdentities,
  parsePublicKey,
  parseRecipients,
  parseSite,
  plan,
  readSigningKey,
  recover,
  restore,
  rollback,
  verify
} from "./shared-OTK4Z7N5.js";
import "./shared-PGZLCEHC.js";

// src/log.ts
var silentLog = { phase: () => {
}, info: () => {
}, warn: () => {
}, progress: () => {
} };
export {
  BackupError,
  backup,
  copy,
  exitCodeOf,
  forgetPrevious,
  generateIdentity,
  generateSigningKey,
  isBackupError,
  list,
  open,
  openDirectory,
  openLocal,
  openS3,
  openSftp,
  openSsh,
  parseBackupId,
  parseIdentities,
  parsePublicKey,
  parseRecipients,
  parseSite,
  plan,
  readSigningKey,
  recover,
  restore,
  rollback,
  silentLog,
  verify
};
