/** What follows `QUEUE_URL_PREFIX` in the URL of a type's dead-letter queue. Types hold no dashes: no type is called so. */
export const deadLetterQueueName = (type: string): string => `${type}-dlq`;
