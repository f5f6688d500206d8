import { connection } from 'next/server';
import { config } from '../config';

export default async function Page() {
  // Rendered for each request: a page rendered by `next build` would keep the values of the build.
  await connection();
  return <h1>{config().values.title}</h1>;
}
