import { Logger } from '@nestjs/common';

// Tests make things fail on purpose; what the code logs about it would bury what the tests say.
Logger.overrideLogger(false);
