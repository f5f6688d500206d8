import { defineConfig } from 'varve';

export const definition = defineConfig({
  name: 'shop',
  file: 'shop.json',
  envPrefix: 'SHOP',
  settings: {
    shipping: { doc: 'Cost of shipping, in cents', format: 'nat', default: 490 },
    free_from: {
      doc: 'Orders from here on are shipped free, in cents; null: never',
      format: 'nat',
      nullable: true,
      default: null,
    },
    payment: { key: { doc: 'Of the payment service', format: String, sensitive: true, default: null } },
  },
});

/** What an order costs, in cents. It takes the configuration as a value, and knows of nothing global. */
export function total(config, goods) {
  const { shipping, free_from } = config.values;
  return goods + (free_from !== null && goods >= free_from ? 0 : shipping);
}
