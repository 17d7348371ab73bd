#include "recorder/input_mask.h"

#include "base/bytes.h"
#include "recorder/age/primitives.h"

namespace secure_exec {

MaskedInput InputMask::Of(std::string_view text) const {
  const Hash hmac = HmacSha256(key_.view(), text);
  return {LengthBucket(text.size()), HexEncode(AsView(hmac).substr(0, kMaskDigits / 2))};
}

}  // namespace secure_exec
