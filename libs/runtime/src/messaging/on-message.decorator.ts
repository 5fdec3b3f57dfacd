import { EventPattern } from '@nestjs/microservices';

/** Marks the handler of a message type. Nest's own decorator, whose types know no second parameter `@Ctx()`. */
export const OnMessage: (type: string) => MethodDecorator = EventPattern;
