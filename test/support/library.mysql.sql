-- The tables of templates/mysql/prisma/schema.prisma, as `prisma db push` makes them: its engine for MySQL comes as a download of its own.
CREATE TABLE `Author` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `email` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  UNIQUE INDEX `Author_email_key`(`email`),
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Book` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `isbn` VARCHAR(191) NOT NULL,
  `title` VARCHAR(191) NOT NULL,
  `summary` VARCHAR(191) NULL,
  `pages` INTEGER NOT NULL,
  `rating` DOUBLE NULL,
  `sold` BIGINT NOT NULL DEFAULT 0,
  `status` ENUM('DRAFT', 'PUBLISHED', 'WITHDRAWN') NOT NULL DEFAULT 'DRAFT',
  `publishedAt` DATETIME(3) NOT NULL,
  `authorId` INTEGER NOT NULL,
  UNIQUE INDEX `Book_isbn_key`(`isbn`),
  INDEX `Book_authorId_idx`(`authorId`),
  PRIMARY KEY (`id`),
  CONSTRAINT `Book_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `Author`(`id`) ON DELETE RESTRICT ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
