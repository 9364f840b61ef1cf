/** Serves the mock (and the built console, if there is one): `node dev/mock.mjs [--visitors 4000] [--changes 200] [--port 8430]`. */
import { parseArgs } from 'node:util';
import { serve } from './mock/server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({ options: { visitors: text, changes: text, port: text, role: text } });
const mock = await serve({
  port: Number(values.port ?? 8430),
  visitors: Number(values.visitors ?? 4000),
  changes: Number(values.changes ?? 200),
  ...(values.role && { role: values.role }),
});
console.log(`the mock serves ${mock.url}/console/`);
