/** Prometheus metrics of this server, and the port of their own that they are served on. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Whatever else a client sends is `other`: each value of a label is a series that stays in memory. */
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** In seconds, those of the Python services. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The series; docs/observability.md lists them. No label has a value that a client can make up. */
export class Metrics {
  registry = new Registry();
  #requests = new Histogram({
    name: 'todo_http_request_duration_seconds',
    help: 'Time from request to the end of its response; status 499 if the client went before it began.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [this.registry],
  });
  #failures = new Counter({
    name: 'todo_upstream_failures_total',
    help: 'Requests that an upstream did not answer.',
    labelNames: ['upstream'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /**
   * Begins to measure a request.
   * @param {import('node:http').IncomingMessage} request
   * @param {string} route the kind of its path, never the path
   * @returns {(status: number) => void} to be called when its response is closed
   */
  start(request, route) {
    const started = performance.now();
    return (status) => {
      const method = request.method && METHODS.has(request.method) ? request.method : 'other';
      this.#requests.observe({ method, route, status }, (performance.now() - started) / 1000);
    };
  }

  /** @param {string} upstream */
  countFailure(upstream) {
    this.#failures.inc({ upstream });
  }

  /**
   * Serves /metrics on a port of its own: network policies and Services tell ports apart, but not paths.
   * @param {number} port
   * @param {(error: Error) => void} onError
   */
  serve(port, onError) {
    const server = createServer((_request, response) => {
      void this.registry.metrics().then((text) => {
        response.writeHead(200, { 'content-type': this.registry.contentType });
        response.end(text);
      });
    });
    server.on('error', onError);
    server.listen(port);
    // The process ends with its other server.
    server.unref();
    return server;
  }
}
