export default { output: 'standalone', cacheComponents: process.env.CACHE_COMPONENTS === '1' };
