export { definition as default } from 'varve/recursive-learning';
