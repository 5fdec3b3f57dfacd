import { SetMetadata } from '@nestjs/common';

/** Metadata key of routes that need no API key. */
export const IS_PUBLIC = 'sitewright:public';

/** Marks a controller or route that anybody may call: probes and metrics. The gateway's guard honours it. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
