/** Develops the console: the mock, and Vite before it. With AHLAN=http://127.0.0.1:8420 Vite stands before a real service. */
import { createServer } from 'vite';
import { serve } from './mock/server.mjs';

if (!process.env.AHLAN) process.env.AHLAN = (await serve({ port: 8430 })).url;
const vite = await createServer();
await vite.listen();
vite.printUrls();
