#include "core/field/field_tile.h"

#include <algorithm>

#include "core/field/field_parameters.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

FieldTile::FieldTile(const Field& field, const PointQuantities& wanted)
    : field_(field),
      wanted_(wanted),
      d_(field.dimension()),
      passes_(field.parameters().engine->MakePasses(kTileRows, wanted)) {
  y_.resize(static_cast<size_t>(kTileRows * d_));
  tau_.resize(static_cast<size_t>(kTileRows));
}

void FieldTile::Set(absl::Span<const double> x, absl::Span<const double> t, int64_t first_row) {
  const Standardisation& units = field_.standardisation();
  n_ = static_cast<int64_t>(t.size());
  first_row_ = first_row;
  for (int64_t i = 0; i < n_; ++i) {
    tau_[i] = static_cast<float>(units.Tau(t[i]));
    for (int64_t d = 0; d < d_; ++d) {
      y_[i * d_ + d] = static_cast<float>((x[i * d_ + d] - units.mean[d]) / units.scale);
    }
  }
  // Padding: any finite numbers will do.
  std::fill(tau_.begin() + n_, tau_.end(), 0.0F);
  std::fill(y_.begin() + n_ * d_, y_.end(), 0.0F);
  value_.resize(static_cast<size_t>(n_));
  gradient_.resize(wanted_.gradient ? static_cast<size_t>(n_ * d_) : 0);
  d_tau_.resize(wanted_.d_tau ? static_cast<size_t>(n_) : 0);
  laplacian_.resize(wanted_.laplacian ? static_cast<size_t>(n_) : 0);
}

void FieldTile::Run(int member) {
  passes_->Run(member, {n_, first_row_, tau_.data(), y_.data()},
               {value_.data(), gradient_.data(), d_tau_.data(), laplacian_.data()});
}

}  // namespace actionmatch
