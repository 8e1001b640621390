import { main } from './action/main.ts';
import { endWith } from './run/end.ts';

endWith(await main(process.env));
