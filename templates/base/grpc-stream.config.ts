import { defineConfig } from '@grpc-stream/runtime/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',

  streaming: {
    // Rows read in one database round trip. Fewer for wide rows, more for narrow ones; `npm run bench` measures what suits.
    chunkSize: 1000,
    // Rows between two looks at cancellation. Smaller stops sooner after a client leaves, larger costs less.
    cancellationCheckInterval: 100,
    // Seconds that the database or a slow client may hold a stream before it is ended.
    yieldTimeout: 30,
    // A line in the log for every stream: rows, rate, and how it ended.
    enableMetrics: true,
  },

  // One model's own settings:
  // models: { Book: { chunkSize: 500 } },
});
