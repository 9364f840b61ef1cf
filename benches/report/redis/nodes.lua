-- One event a request, a page view to three engage reports, spread over nodes: each thread talks to one of them.
--
-- PORTS: the nodes' ports. MOVING: whether a visitor's next event goes to any node, or always to the same.
local VISITORS = 8000
local THREADS = 4
local threads = 0

function setup(thread)
  local ports = {}
  for port in os.getenv("PORTS"):gmatch("%d+") do
    ports[#ports + 1] = port
  end
  thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1]
  thread:set("thread_id", threads)
  thread:set("run_id", os.time())
  threads = threads + 1
end

function init()
  sent = 0
  seen = {}
  moving = os.getenv("MOVING") == "yes"
  math.randomseed(run_id * 16 + thread_id)
  headers = {
    ["Content-Type"] = "text/plain",
    ["Origin"] = "https://shop.example",
    ["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  }
  clock = string.format("%d", os.time() * 1000)
end

function request()
  sent = sent + 1
  local visitor = math.random(VISITORS) - 1
  if not moving then
    visitor = visitor - visitor % THREADS + thread_id
  end
  local round = seen[visitor] or 0
  seen[visitor] = round + 1
  local head = string.format(
    '{"site":"shop","key":"nodes%016dA","sent":%s,"events":[{"id":"%d-%d-%09d","at":%s,"page":"p%d-%d",',
    visitor, clock, run_id, thread_id, sent, clock, thread_id, math.floor(round / 4))
  local body
  if round % 4 == 0 then
    body = head .. '"type":"page_view","url":"https://shop.example/products/kettle-' .. (visitor % 500) ..
      '?utm_source=newsletter&utm_medium=email","title":"A kettle that sings - Shop","referrer":"https://www.google.com/","screen":[1440,900],"lang":"en","tz":"Asia/Riyadh","visible":true}]}'
  else
    body = head .. '"type":"engage","active_ms":' .. (round % 4 * 5000) .. ',"scroll":60,"visible":true}]}'
  end
  return wrk.format("POST", "/v1/collect", headers, body)
end
