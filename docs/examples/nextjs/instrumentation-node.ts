import { config } from './config';

// An error that `register` throws is only printed: Next.js would go on and fail at each request.
try {
  config();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(3);
}
