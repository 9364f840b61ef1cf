-- One event a request: one page view to three engage reports, over twenty-five thousand visitors a thread.
local VISITORS = 25000
local threads = 0

function setup(thread)
  thread:set("thread_id", threads)
  thread:set("run_id", os.time())
  threads = threads + 1
end

function init()
  sent = 0
  headers = {
    ["Content-Type"] = "text/plain",
    ["Origin"] = "https://shop.example",
    ["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  }
  clock = string.format("%d", os.time() * 1000)
end

function request()
  sent = sent + 1
  local visitor = sent % VISITORS
  local round = math.floor(sent / VISITORS)
  local head = string.format(
    '{"site":"shop","key":"bench%d%015dA","sent":%s,"events":[{"id":"%d-%d-%09d","at":%s,"page":"p%d",',
    thread_id % 10, visitor, clock, run_id, thread_id, sent, clock, math.floor(round / 4))
  local body
  if round % 4 == 0 then
    body = head .. '"type":"page_view","url":"https://shop.example/products/kettle-' .. (visitor % 500) ..
      '?utm_source=newsletter&utm_medium=email","title":"A kettle that sings - Shop","referrer":"https://www.google.com/","screen":[1440,900],"lang":"en","tz":"Asia/Riyadh","visible":true}]}'
  else
    body = head .. '"type":"engage","active_ms":' .. (round * 1000) .. ',"scroll":60,"visible":true}]}'
  end
  return wrk.format("POST", "/v1/collect", headers, body)
end
