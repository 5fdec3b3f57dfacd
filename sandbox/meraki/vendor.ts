export const VENDOR = 'meraki';
export const BASE_PATH = '/api/v1';
