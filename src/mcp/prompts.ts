import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import { LONGEST_KEY } from './schemas.ts';
import type { Session } from './session.ts';

/** Adds the prompts that a user can start a conversation with. */
export function addPrompts(server: McpServer, { definition }: Session): void {
  server.registerPrompt(
    'explain_setting',
    {
      title: 'Why has this setting this value?',
      description: 'Explains where the value of a setting comes from',
      argsSchema: fromJsonSchema<{ key: string }>({
        type: 'object',
        properties: { key: { type: 'string', maxLength: LONGEST_KEY, description: 'The dotted key of the setting' } },
        required: ['key'],
      }),
    },
    ({ key }) =>
      promptOf(
        `Explain where the value of the setting ${JSON.stringify(key)} of ${definition.name} comes from. Use explain_config_value ` +
          'and describe_config. Say which layer wins, where exactly it is written, which layers it shadows, and what the value would be without it.',
      ),
  );
  server.registerPrompt(
    'review_configuration',
    { title: 'Is the configuration all right?', description: 'Looks for what is wrong, unusual or without effect' },
    () =>
      promptOf(
        `Review the configuration of ${definition.name}. Use validate_config, then get_config with modified_only. Tell me every ` +
          'problem with its location and remedy, then what differs from the defaults and why, then what is overridden by a higher layer. Change nothing.',
      ),
  );
}

function promptOf(text: string) {
  return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
}
