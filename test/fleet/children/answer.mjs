/**
 * Answers the parent: `report` gives what is asked for. The process ends when the parent says so, and when the parent is
 * gone; `ended` is called before.
 */
export function answerParent(report, ended = () => {}) {
  const end = () => {
    ended();
    process.exit();
  };
  process.on('message', async (message) => {
    if (message === 'end') end();
    else process.send(await report());
  });
  process.on('disconnect', end);
  process.send('ready');
}
