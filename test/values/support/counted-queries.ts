import type { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';

/** An adapter that writes down what is asked of the database, whoever asks. */
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
