/** Names that attributes of ops take their values from. */

/** Functions of one operand. `alpha` and `beta` stand in brackets where a function takes them. */
export type UnaryFn =
  | 'abs'
  | 'neg'
  | 'sign'
  | 'square'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'floor'
  | 'ceil'
  | 'trunc'
  /** halves to the even neighbour */
  | 'round'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'softplus'
  | 'softsign'
  | 'mish'
  /** x * logistic(x) */
  | 'swish'
  /** x * relu6(x + 3) / 6 */
  | 'hard_swish'
  /** by erf */
  | 'gelu'
  /** by tanh */
  | 'gelu_tanh'
  /** (alpha, beta) clamp(alpha * x + beta, 0, 1) */
  | 'hard_sigmoid'
  /** (alpha) alpha * (exp(x) - 1) below 0 */
  | 'elu'
  /** (alpha, beta) beta * elu(x) */
  | 'selu'
  /** (alpha) alpha * (exp(x / alpha) - 1) below 0 */
  | 'celu'
  /** (alpha) 0 up to alpha */
  | 'thresholded_relu'
  /** (alpha) alpha * x below 0 */
  | 'leaky_relu'
  /** (alpha, beta) least and greatest */
  | 'clip'
  /** (alpha, beta) x -+ beta beyond -+alpha, else 0 */
  | 'shrink'
  /** f32 -> bool */
  | 'is_nan'
  /** f32 -> bool; (alpha, beta) is -infinity counted, is infinity: 0 or 1 */
  | 'is_inf'
  /** bool -> bool */
  | 'not'
  /** of whole numbers */
  | 'bitwise_not';

/** Functions of two operands that give their type. */
export type ArithmeticFn =
  /** towards zero for whole numbers */
  | 'div'
  | 'floor_div'
  /** remainder with the sign of b */
  | 'mod'
  /** remainder with the sign of a */
  | 'fmod'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'squared_difference'
  /** a below 0 times b */
  | 'prelu'
  | 'atan2'
  | 'bitwise_and'
  | 'bitwise_or'
  | 'bitwise_xor'
  | 'shift_left'
  /** of signed numbers arithmetic */
  | 'shift_right'
  /** of bool */
  | 'logical_and'
  | 'logical_or'
  | 'logical_xor';

/** Functions of two operands that give bool. */
export type ComparisonFn = 'equal' | 'not_equal' | 'less' | 'less_equal' | 'greater' | 'greater_equal';

export type BinaryFn = ArithmeticFn | ComparisonFn;

/** What a reduction makes of the values of some axes; `any` and `all` of bool. */
export type ReduceFn =
  | 'sum'
  | 'prod'
  | 'max'
  | 'min'
  | 'any'
  | 'all'
  | 'l1'
  | 'l2'
  | 'log_sum'
  | 'log_sum_exp'
  | 'sum_square';

/** How an updated element combines with what is there. */
export type ScatterFn = 'none' | 'add' | 'mul' | 'max' | 'min';

/** Where on the input's axis the middle of output pixel i lies, with `step` input pixels per output pixel. */
export type Coordinates =
  /** i * step */
  | 'asymmetric'
  /** (i + 0.5) * step - 0.5 */
  | 'half_pixel'
  /** the same with both images centred on each other */
  | 'half_pixel_symmetric'
  /** the same, 0 for a single output pixel */
  | 'pytorch_half_pixel'
  /** i * (inputs - 1) / (outputs - 1) */
  | 'align_corners'
  /** (i + 0.5) * step, as TFLite's half_pixel_centers */
  | 'tf_half_pixel';
