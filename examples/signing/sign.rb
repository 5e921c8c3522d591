# Ruby, with the standard library alone.
require "json"
require "openssl"

project = ENV.fetch("LINCHPIN_PROJECT_ID")
key = OpenSSL::PKey::RSA.new(ENV.fetch("LINCHPIN_SIGNING_KEY").gsub("\\n", "\n"))
user_id = ARGV.fetch(0)

encode = ->(bytes) { [bytes].pack("m0").tr("+/", "-_").delete("=") }
now = Time.now.to_i
claims = { sub: user_id, aud: "linchpin/#{project}", iat: now, exp: now + 3600 }
content = [{ alg: "RS256", typ: "JWT" }, claims].map { |part| encode.call(JSON.generate(part)) }.join(".")
puts "#{content}.#{encode.call(key.sign("SHA256", content))}"
