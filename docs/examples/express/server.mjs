import { loadConfigOrExit } from 'varve';
import { application } from './application.mjs';
import { definition } from './definition.mjs';

const config = await loadConfigOrExit(definition);
application(config).listen(config.values.port);
