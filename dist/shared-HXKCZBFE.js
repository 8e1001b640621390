import { createRequire as makeRequire } from 'node:module';
import { dirname as folderOf } from 'node:path';
const require = makeRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = folderOf(__filename);
import {
  require_dist_cjs
} from "./shared-IMLH2YZG.js";
import "./shared-PTTBR3PJ.js";
import "./shared-PGZLCEHC.js";
export default require_dist_cjs();
