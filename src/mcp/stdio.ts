// Apart, so that a build for `require` loads one copy of the library: the one that `server.ts` uses.
export { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
