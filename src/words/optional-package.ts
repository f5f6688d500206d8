/** Loads what needs an optional package. If it is not installed, the error has the code of a missing module, and names the package. */
export async function loadOptional<T>(load: () => Promise<T>, user: string, name: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isModuleNotFound(cause)) throw cause;
    const message = `${user} needs ${name}, which is not installed: npm install ${name}`;
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_MODULE_NOT_FOUND' });
  }
}

/** The code is that of `import()` or of `require`: the build uses the latter for packages that have it. */
function isModuleNotFound(error: unknown): boolean {
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(Object(error).code);
}
