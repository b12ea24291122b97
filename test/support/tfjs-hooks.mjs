// TensorFlow.js keeps its gradients apart from the bundle that Node loads, in files that Node takes for CommonJS.
import { register } from 'node:module';

const hooks = `
  const isPart = (url) => /@tensorflow\\/tfjs-core\\/dist\\/(?!tf-core)/.test(url);
  export const resolve = (name, context, next) =>
    next(context.parentURL && isPart(context.parentURL) && name.startsWith('.') && !name.endsWith('.js') ? name + '.js' : name, context);
  export const load = (url, context, next) => next(url, isPart(url) ? { ...context, format: 'module' } : context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
