-- For wrk: asks for the paths of the arguments in turn, prints the figures as JSON.
local requests, turn = {}, 0

function init(paths)
  for number = 1, #paths do
    requests[number] = wrk.format("GET", paths[number])
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "errors": %d, "seconds": %f, "p50": %f, "p99": %f}\n',
    summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
