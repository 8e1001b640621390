#!/usr/bin/env node
import { main } from './cli/main.ts';
import { endWith } from './run/end.ts';

const { argv, env, stdout, stderr } = process;
endWith(await main({ words: argv.slice(2), environment: env, stdout, stderr }));
