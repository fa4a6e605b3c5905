// The demo's database, slower by so many microseconds of CPU time a row: what a regression in the server looks like.
import { createAdapter as createFast } from '../../dist/demo/database.js';

export { createPrisma } from '../../dist/demo/database.js';

const microsPerRow = Number(process.env.SLOW_MICROS_PER_ROW ?? 0);

export function createAdapter() {
  const factory = createFast();
  const connect = factory.connect.bind(factory);
  factory.connect = async () => slowed(await connect());
  return factory;
}

function slowed(adapter) {
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    burn(result.rows.length * microsPerRow);
    return result;
  };
  return adapter;
}

/** CPU time, not wall time: on a busy machine the work takes longer, as all the other work does. */
function burn(micros) {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= micros) return;
  }
}
