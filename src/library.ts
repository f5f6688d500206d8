// What the build makes one file of: the names of programs, and those of tools and stores over varve.
export * from './index.ts';
export * from './tools.ts';
