#include "insight/mathml.h"

#include <gtest/gtest.h>

namespace thalweg::testing {
namespace {

std::string inside(const std::string& row) {
    return "<math><mrow>" + row + "</mrow></math>";
}

TEST(Mathml, SetsSubscriptsGradientsHatsAndPowers) {
    EXPECT_EQ(mathml("a_12 = b_1"),
              inside("<msub><mi>a</mi><mn>12</mn></msub><mo>=</mo><msub><mi>b</mi><mn>1</mn></msub>"));
    EXPECT_EQ(mathml("grad_h_2"), inside("<msub><mo>&#x2207;</mo><msub><mi>h</mi><mn>2</mn></msub></msub>"));
    EXPECT_EQ(mathml("y_hat - e_l"), inside("<mover><mi>y</mi><mo>^</mo></mover><mo>&#x2212;</mo>"
                                            "<msub><mi>e</mi><mi>l</mi></msub>"));
    EXPECT_EQ(mathml("h_1^T"), inside("<msup><msub><mi>h</mi><mn>1</mn></msub><mi>T</mi></msup>"));
    EXPECT_EQ(mathml("y^(2-p)"),
              inside("<msup><mi>y</mi><mrow><mo>(</mo><mn>2</mn><mo>&#x2212;</mo><mi>p</mi>"
                     "<mo>)</mo></mrow></msup>"));
    EXPECT_EQ(mathml("leaky_relu(a)"),
              inside("<mi>leaky_relu</mi><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow>"));
}

TEST(Mathml, EscapesWhatWouldBeAnElement) {
    EXPECT_EQ(escape_html("<b> & \"c\""), "&lt;b&gt; &amp; &quot;c&quot;");
    EXPECT_EQ(mathml("<"), inside("<mo>&lt;</mo>"));
}

}  // namespace
}  // namespace thalweg::testing
