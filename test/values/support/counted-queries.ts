import type { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';

/** Records every query that is sent through an adapter. */
export function countedQueries(factory: PrismaBetterSqlite3, queries: string[]): PrismaBetterSqlite3 {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = (query) => {
      queries.push(query.sql);
      return queryRaw(query);
    };
    return connection;
  };
  return factory;
}
