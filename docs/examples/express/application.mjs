import express from 'express';

/** The application over a loaded configuration, so that a test passes its own. */
export function application(config) {
  const app = express();
  app.set('trust proxy', config.values.proxies);
  app.get('/hello/:name', (request, response) => {
    // Read for each request, so that an edited greeting takes effect without a restart.
    response.send(`${config.values.greeting}, ${request.params.name}!`);
  });
  return app;
}
