import { defaultStreamingSettings, type StreamingSettings } from '../../../src/config/index.js';
import { parseRequest, type StreamRequest } from '../../../src/runtime/request/parse-request.js';
import { modelReading } from '../../../src/runtime/rows/model-reading.js';
import { idsOfChunks, type ReadIds } from '../../support/chunk-ids.js';
import { openProject, type Project } from '../../support/open-project.js';

/** A project whose tables are filled by the database's own client, and read as a server reads them. */
export interface ExactProject extends Project {
  /** The ids of the rows that a request brings, in its order. */
  ids(model: string, request?: StreamRequest, options?: ReadOptions): Promise<number[]>;
}

export interface ReadOptions extends ReadIds {
  /** Default 7. */
  readonly chunkSize?: number;
  readonly settings?: Partial<StreamingSettings>;
}

/** Opens a project; a test that waits in vain for a transaction waits for half of a second. */
export async function openExactProject(...options: Parameters<typeof openProject>): Promise<ExactProject> {
  const project = await openProject(...options);
  const { prisma, adapter } = project;
  return {
    ...project,
    async ids(name, request = {}, { chunkSize = 7, settings: changed, ...read } = {}) {
      const model = await project.model(name);
      const settings = { ...defaultStreamingSettings, yieldTimeout: 1, ...changed };
      const { read: readRows } = modelReading(model, { prisma: prisma as never, adapter }, { settings });
      return idsOfChunks(readRows(parseRequest(request, model, settings)), chunkSize, read);
    },
  };
}
