import { connection } from 'next/server';
import { Suspense } from 'react';
import { config } from '../config';

export default function Page() {
  return (
    <Suspense>
      <Title />
    </Suspense>
  );
}

async function Title() {
  // Rendered for each request: a page rendered by `next build` would keep the values of the build.
  await connection();
  return <h1>{config().values.title}</h1>;
}
