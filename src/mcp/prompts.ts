import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import { LONGEST_KEY } from './schemas.ts';
import type { Session } from './session.ts';

/** What a user begins a conversation with. */
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
      said(
        `Explain where the value of the setting ${JSON.stringify(key)} of ${definition.name} comes from. Use explain_config_value ` +
          'and describe_config. Say which layer wins, where exactly it is written, what it hides, and what the value would be without it.',
      ),
  );
  server.registerPrompt(
    'review_configuration',
    { title: 'Is the configuration all right?', description: 'Looks for what is wrong, unusual or without effect' },
    () =>
      said(
        `Review the configuration of ${definition.name}. Use validate_config, then get_config with modified_only. Tell me every ` +
          'problem with its place and remedy, then what differs from the defaults and why, then what is written but hidden by a higher layer. Change nothing.',
      ),
  );
}

function said(text: string) {
  return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
}
