import { describe, expect, test } from 'vitest';
import { dockerVariables, systemdVariables, type Variables } from './environment-files.ts';

describe('the rules of systemd for an EnvironmentFile', () => {
  test.each<[string, Variables]>([
    ['A=x', { A: 'x' }],
    ['A= x y \nB=z', { A: 'x y', B: 'z' }],
    ["A='x y'\nB=\"x 'y'\"", { A: 'x y', B: "x 'y'" }],
    ['A="x"\'y\'z', { A: 'xyz' }],
    ["A=it's", { A: "it's" }],
    ['A="x\\"y\\n\\$z"', { A: 'x"y\\n$z' }],
    ['A=x\\\n y', { A: 'x y' }],
    ['A=\\x', { A: 'x' }],
    ['A="x\ny"', { A: 'x\ny' }],
    ['# A=x\n; A=y\nno assignment\n\nA=$HOME', { A: '$HOME' }],
    ['# goes on \\\nA=x\nB=y', { B: 'y' }],
    ['A=x # y', { A: 'x # y' }],
    ['A=', { A: '' }],
  ])('%j', (text, expected) => {
    expect(systemdVariables(text)).toEqual(expected);
  });
});

describe('the rules of docker for an --env-file', () => {
  test.each<[string, Variables]>([
    ['A=x', { A: 'x' }],
    ['A="x" # y ', { A: '"x" # y ' }],
    ['# A=x\n\n  B=y', { B: 'y' }],
    ['HOST\nMISSING', { HOST: 'h' }],
    ['\uFEFFA=x=y\r\nB=$HOST', { A: 'x=y', B: '$HOST' }],
  ])('%j', (text, expected) => {
    expect(dockerVariables(text, { HOST: 'h' })).toEqual(expected);
  });
});
