import { post } from './action/post.ts';
import { endWith } from './run/end.ts';

await post(process.env);
endWith(0);
