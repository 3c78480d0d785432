/**
 * Shapes as types: what the compiler of TypeScript computes of the shapes that are literal in the source.
 *
 * A shape type is a tuple of sizes, `readonly [32, 784]`; a size that is not a literal is `number`, and an unknown rank
 * is plain `Shape`. Whatever meets something unknown becomes unknown itself and is left to the check at run time;
 * nothing here ever asks for a cast.
 *
 * Every function on shapes has one type that walks them and yields the resulting shape, or a sentence that says what is
 * wrong. Two readings of it are used in signatures: `Result<Walk>` is the shape (`Shape` where the walk failed),
 * `Fits<Walk>` is `unknown` where all is well and else the sentence, to be intersected with a parameter's type, so that
 * the editor underlines the argument and shows
 *
 *     Type 'Tensor<readonly [100, 10]>' is not assignable to type '"matmul: inner dimensions differ: [32, 784] · [100, 10] (784 ≠ 100)"'
 *
 * Sizes are added, multiplied and divided as decimal digits, because TypeScript has no arithmetic on numbers.
 */
import type { Shape } from "./shape.ts";

/** The shape that a walk found; any shape where it found a mistake. */
export type Result<Walk> = Walk extends Shape ? Walk : Shape;

/** Nothing to object, or the walk's objection. */
export type Fits<Walk, Operation extends string> = Walk extends string ? `${Operation}: ${Walk}` : unknown;

/** As run-time messages print a shape: `[2, 3]`. */
export type Show<S extends Shape> = number extends S["length"] ? "[…]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? `${SizeName<N>}${Rest extends readonly [] ? "" : ", "}${Join<Rest>}`
  : "";
type SizeName<N extends number> = number extends N ? "?" : `${N}`;

/** True for a shape of unknown rank. */
type Unranked<S extends Shape> = number extends S["length"] ? true : false;

/** The same rank, nothing known of the sizes. */
export type Unsized<S extends Shape> = { readonly [K in keyof S]: number };

// -------------------------------------------------------------------------------------------------------- broadcasting

/** The common shape of two operands, aligned at the end. */
export type Broadcast<A extends Shape, B extends Shape> =
  Unranked<A> extends true
    ? Shape
    : Unranked<B> extends true
      ? Shape
      : [A, B] extends [B, A]
        ? A
        : B extends readonly []
          ? A
          : BroadcastFromEnd<A, B> extends infer R
            ? R extends string
              ? `shapes ${Show<A>} and ${Show<B>} do not broadcast (${R})`
              : R
            : never;

type BroadcastFromEnd<A extends Shape, B extends Shape, Out extends Shape = readonly []> = A extends readonly [
  ...infer A0 extends Shape,
  infer M extends number,
]
  ? B extends readonly [...infer B0 extends Shape, infer N extends number]
    ? BroadcastSize<M, N> extends infer R
      ? R extends number
        ? BroadcastFromEnd<A0, B0, readonly [R, ...Out]>
        : R
      : never
    : readonly [...A, ...Out]
  : readonly [...B, ...Out];

type BroadcastSize<M extends number, N extends number> = [M] extends [1]
  ? N
  : [N] extends [1]
    ? M
    : number extends M
      ? N
      : SameSize<M, N> extends true
        ? M
        : `${M} ≠ ${N}`;

/** Whether two sizes can be equal. */
type SameSize<M extends number, N extends number> = number extends M
  ? true
  : number extends N
    ? true
    : [M] extends [N]
      ? true
      : false;

/** The shape of `S` expanded to `To`, which must be what broadcasting the two gives. */
export type BroadcastTo<S extends Shape, To extends Shape> =
  Broadcast<S, To> extends infer R
    ? R extends string
      ? R
      : SameShape<R, To> extends true
        ? To
        : `${Show<S>} does not expand to ${Show<To>}`
    : never;

type SameShape<A, B extends Shape> = A extends B
  ? true
  : Unranked<B> extends true
    ? true
    : A extends Shape
      ? Unranked<A> extends true
        ? true
        : B extends A
          ? true
          : false
      : false;

// ------------------------------------------------------------------------------------------------------------ products

/** The shape of a · b: matrices, stacks of matrices, vectors. */
export type MatMul<A extends Shape, B extends Shape> =
  Unranked<A> extends true
    ? Shape
    : Unranked<B> extends true
      ? Shape
      : A extends readonly [infer M extends number, infer K extends number]
        ? B extends readonly [infer L extends number, infer N extends number]
          ? SameSize<K, L> extends true
            ? readonly [M, N]
            : InnerDiffer<A, B, K, L>
          : MatMulStacks<A, B>
        : MatMulStacks<A, B>;

type MatMulStacks<A extends Shape, B extends Shape> =
  LeftParts<A> extends [infer AB extends Shape, infer M extends Shape, infer K extends number]
    ? RightParts<B> extends [infer BB extends Shape, infer L extends number, infer N extends Shape]
      ? SameSize<K, L> extends true
        ? Broadcast<AB, BB> extends infer R
          ? R extends Shape
            ? readonly [...R, ...M, ...N]
            : R
          : never
        : InnerDiffer<A, B, K, L>
      : "the right operand is a scalar; use mul"
    : "the left operand is a scalar; use mul";

/** [stack axes, rows, inner size] */
type LeftParts<A extends Shape> = A extends readonly [
  ...infer Stack extends Shape,
  infer M extends number,
  infer K extends number,
]
  ? [Stack, readonly [M], K]
  : A extends readonly [infer K extends number]
    ? [readonly [], readonly [], K]
    : never;

/** [stack axes, inner size, columns] */
type RightParts<B extends Shape> = B extends readonly [
  ...infer Stack extends Shape,
  infer K extends number,
  infer N extends number,
]
  ? [Stack, K, readonly [N]]
  : B extends readonly [infer K extends number]
    ? [readonly [], K, readonly []]
    : never;

type InnerDiffer<
  A extends Shape,
  B extends Shape,
  K extends number,
  L extends number,
> = `inner dimensions differ: ${Show<A>} · ${Show<B>} (${K} ≠ ${L})`;

/** The shape of a layer x · Wᵀ + b: the last size, which must be `In`, becomes `Out`. */
export type LinearShape<X extends Shape, In extends number, Out extends number> =
  Unranked<X> extends true
    ? Shape
    : X extends readonly [...infer Rest extends Shape, infer K extends number]
      ? SameSize<K, In> extends true
        ? readonly [...Rest, Out]
        : `${Show<X>} has ${K} features, the layer takes ${In} (${K} ≠ ${In})`
      : "a scalar has no features";

/** As `LinearShape`, with the sizes taken from the shape of W. */
export type LinearProduct<X extends Shape, W extends Shape> = W extends readonly [
  infer Out extends number,
  infer In extends number,
]
  ? LinearShape<X, In, Out>
  : Unranked<W> extends true
    ? Shape
    : `the weight ${Show<W>} is no matrix`;

/**
 * The shape of a convolution of [N, C, H, W] images; `Groups` blocks of channels, or `number` where that is not known.
 */
export type Conv2dShape<
  X extends Shape,
  In extends number,
  Out extends number,
  Kernel extends Pair,
  Stride extends Pair = 1,
  Padding extends Pair = 0,
  Dilation extends Pair = 1,
> =
  Unranked<X> extends true
    ? Shape
    : X extends readonly [
          infer N extends number,
          infer C extends number,
          infer H extends number,
          infer W extends number,
        ]
      ? SameSize<C, In> extends true
        ? readonly [
            N,
            Out,
            ConvSize<H, First<Kernel>, First<Stride>, First<Padding>, First<Dilation>>,
            ConvSize<W, Second<Kernel>, Second<Stride>, Second<Padding>, Second<Dilation>>,
          ]
        : `${Show<X>} has ${C} channels, the layer takes ${In} (${C} ≠ ${In})`
      : `${Show<X>} is no batch of images; shape [N, C, H, W] is wanted`;

/** One number for both axes of an image, or one for each; `string` for a padding by name. */
export type Pair = number | readonly [number, number] | string;
type First<P extends Pair> = P extends readonly [infer N extends number, number] ? N : P extends number ? P : number;
type Second<P extends Pair> = P extends readonly [number, infer N extends number] ? N : P extends number ? P : number;

/** ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 */
type ConvSize<N extends number, K extends number, S extends number, P extends number, D extends number> = [
  Multiply<2, P>,
  Subtract<K, 1>,
] extends [infer Both extends number, infer Gaps extends number]
  ? [Add<N, Both>, Multiply<D, Gaps>] extends [infer Padded extends number, infer Reach extends number]
    ? Subtract<Padded, Reach> extends infer Room extends number
      ? Subtract<Room, 1> extends infer Last extends number
        ? Divide<Last, S> extends [infer Steps extends number, number]
          ? Add<Steps, 1>
          : number
        : number
      : number
    : number
  : number;

// ------------------------------------------------------------------------------------------------------ axes by number

/** What −1, −2, … mean in a given number of dimensions. */
interface FromEnd {
  readonly 0: Readonly<Record<never, never>>;
  readonly 1: { readonly "-1": 0 };
  readonly 2: { readonly "-1": 1; readonly "-2": 0 };
  readonly 3: { readonly "-1": 2; readonly "-2": 1; readonly "-3": 0 };
  readonly 4: { readonly "-1": 3; readonly "-2": 2; readonly "-3": 1; readonly "-4": 0 };
  readonly 5: { readonly "-1": 4; readonly "-2": 3; readonly "-3": 2; readonly "-4": 1; readonly "-5": 0 };
  readonly 6: {
    readonly "-1": 5;
    readonly "-2": 4;
    readonly "-3": 3;
    readonly "-4": 2;
    readonly "-5": 1;
    readonly "-6": 0;
  };
}

/**
 * An axis counted from 0, or the complaint that it does not exist; `number` where it cannot be known. Distributes over
 * unions.
 */
type AxisOf<S extends Shape, Axis extends number> = number extends Axis
  ? number
  : Axis extends number
    ? `${Axis}` extends keyof S
      ? Axis
      : S["length"] extends keyof FromEnd
        ? `${Axis}` extends keyof FromEnd[S["length"]]
          ? FromEnd[S["length"]][`${Axis}`]
          : `axis ${Axis} does not exist in ${Show<S>}`
        : number
    : never;

/** One axis, several, or all of them. */
export type AxisOption = number | readonly number[] | null | undefined;

/** The shape of a reduction along `Axis` (all axes where undefined or null). */
export type Reduce<S extends Shape, Axis extends AxisOption, Keepdims extends boolean> = boolean extends Keepdims
  ? Shape
  : [Axis] extends [null | undefined]
    ? Keepdims extends true
      ? { readonly [K in keyof S]: 1 }
      : readonly []
    : Unranked<S> extends true
      ? Shape
      : [Axis] extends [number]
        ? ReduceAxes<S, AxisOf<S, Axis>, Keepdims>
        : [Axis] extends [readonly number[]]
          ? number extends Axis["length"]
            ? Shape
            : ReduceAxes<S, AxisOf<S, Axis[number]>, Keepdims>
          : Shape;

type ReduceAxes<S extends Shape, Axes, Keepdims extends boolean> = [Extract<Axes, string>] extends [never]
  ? number extends Axes
    ? Keepdims extends true
      ? Unsized<S>
      : Shape
    : Keepdims extends true
      ? { readonly [K in keyof S]: K extends `${Axes & number}` ? 1 : S[K] }
      : RemoveAxes<S, Axes>
  : Extract<Axes, string>;

/** `S` without the axes in the union `Axes`. */
type RemoveAxes<
  S extends Shape,
  Axes,
  Seen extends readonly unknown[] = [],
  Out extends Shape = readonly [],
> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? RemoveAxes<Rest, Axes, [...Seen, N], Seen["length"] extends Axes ? Out : readonly [...Out, N]>
  : Out;

/** `S` with the size at `Axis` replaced. */
export type ReplaceAxis<S extends Shape, Axis extends number, N extends number> =
  Unranked<S> extends true
    ? Shape
    : AxisOf<S, Axis> extends infer I
      ? I extends string
        ? I
        : number extends I
          ? Unsized<S>
          : { readonly [K in keyof S]: K extends `${I & number}` ? N : S[K] }
      : never;

/** `S` with an axis of size `N` inserted, so that it stands at `Axis` of the result. */
export type InsertAxis<S extends Shape, Axis extends number, N extends number = 1> =
  Unranked<S> extends true
    ? Shape
    : number extends Axis
      ? Unsized<readonly [...S, number]>
      : AxisOf<readonly [...S, 1], Axis> extends infer I
        ? I extends number
          ? number extends I
            ? Unsized<readonly [...S, number]>
            : InsertAt<S, I, N>
          : `axis ${Axis} does not exist in the result, which has ${[...S, 1]["length"] & number} dimensions`
        : never;

/** `S` with axes of size 1, which become axes `Axes` of the result; one axis or several. */
export type InsertAxes<S extends Shape, Axes extends number | readonly number[]> = [Axes] extends [number]
  ? InsertAxis<S, Axes>
  : [Axes] extends [readonly number[]]
    ? Unranked<S> extends true
      ? Shape
      : number extends Axes["length"] | Axes[number]
        ? Shape
        : AxisOf<readonly [...S, ...Axes], Axes[number]> extends infer I
          ? [I] extends [number]
            ? InsertOnes<S, I, [...S, ...Axes]["length"] & number>
            : Exclude<I, number>
          : never
    : Shape;

/** The sizes of `S` in order, with 1 at the places `I` of `N`; where a place is named twice they do not come out. */
type InsertOnes<
  S extends Shape,
  I extends number,
  N extends number,
  Out extends Shape = readonly [],
> = Out["length"] extends N
  ? Out
  : Out["length"] extends I
    ? InsertOnes<S, I, N, readonly [...Out, 1]>
    : S extends readonly [infer First extends number, ...infer Rest extends Shape]
      ? InsertOnes<Rest, I, N, readonly [...Out, First]>
      : Shape;

type InsertAt<
  S extends Shape,
  I extends number,
  N extends number,
  Before extends Shape = readonly [],
> = Before["length"] extends I
  ? readonly [...Before, N, ...S]
  : S extends readonly [infer M extends number, ...infer Rest extends Shape]
    ? InsertAt<Rest, I, N, readonly [...Before, M]>
    : readonly [...Before, N];

/** `S` without its axes of size 1, or without the one named, which must be 1. */
export type Squeeze<S extends Shape, Axis extends AxisOption> =
  Unranked<S> extends true
    ? Shape
    : [Axis] extends [null | undefined]
      ? SqueezeAll<S>
      : [Axis] extends [number]
        ? AxisOf<S, Axis> extends infer I
          ? I extends number
            ? number extends I
              ? Shape
              : SameSize<S[I], 1> extends true
                ? RemoveAxes<S, I>
                : `axis ${Axis} of ${Show<S>} has size ${S[I]}, not 1`
            : I
          : never
        : [Axis] extends [readonly number[]]
          ? number extends Axis["length"]
            ? Shape
            : RemoveAxes<S, AxisOf<S, Axis[number]>>
          : Shape;

type SqueezeAll<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? number extends N
    ? Shape
    : SqueezeAll<Rest, N extends 1 ? Out : readonly [...Out, N]>
  : Out;

/** `S` with its axes in another order. */
export type Permute<S extends Shape, Axes extends readonly number[]> =
  Unranked<S> extends true
    ? number extends Axes["length"]
      ? Shape
      : Unsized<Axes>
    : number extends Axes["length"]
      ? Unsized<S>
      : Axes["length"] extends S["length"]
        ? AxisOf<S, Axes[number]> extends infer I
          ? [Extract<I, string>] extends [never]
            ? { readonly [K in keyof Axes]: SizeAt<S, Axes[K]> }
            : Extract<I, string>
          : never
        : `axes ${Show<Axes>} do not name every axis of ${Show<S>} once`;

type SizeAt<S extends Shape, Axis extends number> = AxisOf<S, Axis> extends infer I extends number ? S[I] : number;

/** All axes reversed. */
export type Transpose<S extends Shape> =
  Unranked<S> extends true
    ? Shape
    : S extends readonly [infer M extends number, infer N extends number]
      ? readonly [N, M]
      : Reverse<S>;
type Reverse<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Reverse<Rest, readonly [N, ...Out]>
  : Out;

/** The last two axes exchanged. */
export type MatrixTranspose<S extends Shape> =
  Unranked<S> extends true
    ? Shape
    : S extends readonly [...infer Stack extends Shape, infer M extends number, infer N extends number]
      ? readonly [...Stack, N, M]
      : `${Show<S>} is no matrix`;

/** Two axes exchanged. */
export type SwapAxes<S extends Shape, A extends number, B extends number> =
  Unranked<S> extends true
    ? Shape
    : [AxisOf<S, A>, AxisOf<S, B>] extends [infer I, infer J]
      ? I extends number
        ? J extends number
          ? number extends I | J
            ? Unsized<S>
            : { readonly [K in keyof S]: K extends `${I}` ? S[J] : K extends `${J}` ? S[I] : S[K] }
          : J
        : I
      : never;

// ------------------------------------------------------------------------------------------------------------- reshape

/** Number of elements, `number` where a size is unknown. */
export type Size<S extends Shape> = Unranked<S> extends true ? number : number extends S[number] ? number : Product<S>;
type Product<S extends Shape, Out extends number = 1> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Product<Rest, Multiply<Out, N>>
  : Out;

/** `To`, with −1 replaced by what is left of the elements of `S`. */
export type Reshape<S extends Shape, To extends number | Shape> = To extends number
  ? Reshape<S, readonly [To]>
  : To extends Shape
    ? Unranked<To> extends true
      ? Shape
      : -1 extends To[number]
        ? number extends To[number]
          ? Unsized<To>
          : FillSize<S, To, Product<Known<To>>>
        : [Size<S>, Size<To>] extends [infer M extends number, infer N extends number]
          ? SameSize<M, N> extends true
            ? To
            : `${Show<S>} has ${M} elements, ${Show<To>} has ${N} (${M} ≠ ${N})`
          : never
    : never;

/** The sizes other than −1. */
type Known<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Known<Rest, N extends -1 ? Out : readonly [...Out, N]>
  : Out;

type FillSize<S extends Shape, To extends Shape, Rest extends number> =
  Size<S> extends infer M extends number
    ? number extends M
      ? { readonly [K in keyof To]: To[K] extends -1 ? number : To[K] }
      : Rest extends 0
        ? Unsized<To>
        : Divide<M, Rest> extends [infer Q, infer R]
          ? R extends 0
            ? { readonly [K in keyof To]: To[K] extends -1 ? Q : To[K] }
            : `the ${M} elements of ${Show<S>} do not divide into ${Show<To>} (${M} is no multiple of ${Rest})`
          : never
    : never;

/** Axes from `Start` to the last joined into one. */
export type Flatten<S extends Shape, Start extends number> =
  Unranked<S> extends true
    ? Start extends 0
      ? readonly [number]
      : Shape
    : AxisOf<S, Start> extends infer I
      ? I extends number
        ? number extends I
          ? Shape
          : FlattenFrom<S, I>
        : S extends readonly []
          ? readonly [1]
          : I
      : never;
type FlattenFrom<S extends Shape, I extends number, Before extends Shape = readonly []> = Before["length"] extends I
  ? readonly [...Before, Size<S>]
  : S extends readonly [infer N extends number, ...infer Rest extends Shape]
    ? FlattenFrom<Rest, I, readonly [...Before, N]>
    : Before;

// ---------------------------------------------------------------------------------------------------- joining, nesting

/** Shapes joined along an axis. */
export type Concat<Shapes extends readonly Shape[], Axis extends number> = number extends Shapes["length"]
  ? Unsized<Shapes[number]>
  : Shapes extends readonly [infer S extends Shape, ...infer Rest extends readonly Shape[]]
    ? ConcatRest<S, Rest, Axis>
    : Shape;
type ConcatRest<S extends Shape, Rest extends readonly Shape[], Axis extends number> = Rest extends readonly [
  infer Next extends Shape,
  ...infer More extends readonly Shape[],
]
  ? ConcatTwo<S, Next, Axis> extends infer R
    ? R extends Shape
      ? ConcatRest<R, More, Axis>
      : R
    : never
  : AxisOf<S, Axis> extends infer I
    ? I extends string
      ? I
      : S
    : never;
type ConcatTwo<A extends Shape, B extends Shape, Axis extends number> = true extends Unranked<A> | Unranked<B>
  ? Shape
  : A["length"] extends B["length"]
    ? AxisOf<A, Axis> extends infer I
      ? I extends number
        ? number extends I
          ? Unsized<A>
          : SameBeside<A, B, I> extends infer D
            ? [D] extends [never]
              ? {
                  readonly [K in keyof A]: K extends `${I}`
                    ? Add<A[I], B[I]>
                    : number extends A[K]
                      ? B[K & keyof B]
                      : A[K];
                }
              : `shapes ${Show<A>} and ${Show<B>} differ beside axis ${Axis} (${D & string})`
            : never
        : I
      : never
    : `shapes ${Show<A>} and ${Show<B>} have different numbers of axes`;
/** What differs on other axes than `I`; never if nothing does. */
type SameBeside<
  A extends Shape,
  B extends Shape,
  I extends number,
  At extends readonly unknown[] = [],
> = A extends readonly [infer M extends number, ...infer A1 extends Shape]
  ? B extends readonly [infer N extends number, ...infer B1 extends Shape]
    ? At["length"] extends I
      ? SameBeside<A1, B1, I, [...At, 0]>
      : SameSize<M, N> extends true
        ? SameBeside<A1, B1, I, [...At, 0]>
        : `${M} ≠ ${N}`
    : never
  : never;

/** Equal shapes stacked along a new axis. */
export type Stack<Shapes extends readonly Shape[], Axis extends number> = number extends Shapes["length"]
  ? InsertAxis<Shapes[number], Axis, number>
  : Shapes extends readonly [infer S extends Shape, ...infer Rest extends readonly Shape[]]
    ? EqualShapes<S, Rest> extends infer R
      ? R extends Shape
        ? InsertAxis<R, Axis, Shapes["length"] & number>
        : R
      : never
    : Shape;
type EqualShapes<S extends Shape, Rest extends readonly Shape[]> = Rest extends readonly [
  infer Next extends Shape,
  ...infer More extends readonly Shape[],
]
  ? true extends Unranked<S> | Unranked<Next>
    ? Shape
    : S["length"] extends Next["length"]
      ? SameBeside<S, Next, -1> extends infer D
        ? [D] extends [never]
          ? EqualShapes<S, More>
          : `shapes ${Show<S>} and ${Show<Next>} differ (${D & string})`
        : never
      : `shapes ${Show<S>} and ${Show<Next>} have different numbers of axes`
  : S;

/**
 * The shape of the part of a tensor at an index: numbers drop an axis, null inserts one, ":" keeps one, other slices
 * leave its size open.
 */
export type At<S extends Shape, Index extends readonly unknown[], Out extends Shape = readonly []> =
  Unranked<S> extends true
    ? Shape
    : number extends Index["length"]
      ? Shape
      : Index extends readonly [infer I, ...infer More extends readonly unknown[]]
        ? I extends null
          ? At<S, More, readonly [...Out, 1]>
          : I extends "..."
            ? More extends readonly []
              ? readonly [...Out, ...S]
              : Shape
            : S extends readonly [infer N extends number, ...infer Rest extends Shape]
              ? I extends number
                ? At<Rest, More, Out>
                : I extends ":" | "::" | "::-1"
                  ? At<Rest, More, readonly [...Out, N]>
                  : I extends string
                    ? At<Rest, More, readonly [...Out, number]>
                    : Shape
              : I extends number | string
                ? "more indices than axes"
                : Shape
        : readonly [...Out, ...S];

/** Numbers, or arrays of arrays of numbers. */
export type Nested = number | bigint | boolean | readonly Nested[] | ArrayLike<number> | ArrayLike<bigint>;

/** The shape of nested arrays. */
export type ShapeOfNested<T> = T extends number | bigint | boolean
  ? readonly []
  : T extends readonly (infer Item)[]
    ? readonly [
        T["length"],
        ...(T extends readonly [infer Head, ...unknown[]]
          ? ShapeOfNested<Head>
          : [Item] extends [never]
            ? readonly []
            : ShapeOfNested<Item>),
      ]
    : T extends ArrayLike<number> | ArrayLike<bigint>
      ? readonly [number]
      : Shape;

// ----------------------------------------------------------------------------------------------- arithmetic with sizes

/** Sum, product, difference, quotient of whole numbers; `number` where one of them is not known. */
export type Add<M extends number, N extends number> = number extends M | N
  ? number
  : M extends 0
    ? N
    : N extends 0
      ? M
      : ToNumber<AddDigits<Digits<M>, Digits<N>>>;

export type Multiply<M extends number, N extends number> = number extends M | N
  ? number
  : M extends 1
    ? N
    : N extends 1
      ? M
      : 0 extends M | N
        ? 0
        : ToNumber<MultiplyDigits<Digits<M>, Digits<N>>>;

/** M − N; `number` where that would be negative. */
export type Subtract<M extends number, N extends number> = number extends M | N
  ? number
  : SubtractDigits<Digits<M>, Digits<N>> extends infer D
    ? D extends string
      ? ToNumber<D>
      : number
    : never;

/** [quotient, remainder] */
export type Divide<M extends number, N extends number> = number extends M | N
  ? [number, number]
  : N extends 1
    ? [M, 0]
    : N extends 0
      ? [number, number]
      : LongDivision<`${M}`, Digits<N>>;

/** The decimal digits of a whole number, units first. */
type Digits<N extends number> = ReverseText<`${N}`>;
type ReverseText<T extends string, Out extends string = ""> = T extends `${infer C}${infer Rest}`
  ? ReverseText<Rest, `${C}${Out}`>
  : Out;
type ToNumber<D extends string> = TrimZeros<ReverseText<D>> extends `${infer N extends number}` ? N : number;
type TrimZeros<T extends string> = T extends `0${infer Rest}`
  ? Rest extends ""
    ? "0"
    : TrimZeros<Rest>
  : T extends ""
    ? "0"
    : T;

/** As many entries as a digit says: digits are added by joining tuples. */
interface Tally {
  "": [];
  "0": [];
  "1": [1];
  "2": [1, 1];
  "3": [1, 1, 1];
  "4": [1, 1, 1, 1];
  "5": [1, 1, 1, 1, 1];
  "6": [1, 1, 1, 1, 1, 1];
  "7": [1, 1, 1, 1, 1, 1, 1];
  "8": [1, 1, 1, 1, 1, 1, 1, 1];
  "9": [1, 1, 1, 1, 1, 1, 1, 1, 1];
}
type Digit = keyof Tally;
/** The first digit and the others; "0" before nothing. */
type Split<T extends string> = T extends `${infer D extends Digit}${infer Rest}` ? [D, Rest] : ["0", ""];

type AddDigits<
  A extends string,
  B extends string,
  Carry extends 1[] = [],
  Out extends string = "",
> = `${A}${B}` extends ""
  ? `${Out}${Carry extends [] ? "" : "1"}`
  : [Split<A>, Split<B>] extends [
        [infer X extends Digit, infer A1 extends string],
        [infer Y extends Digit, infer B1 extends string],
      ]
    ? `${[...Tally[X], ...Tally[Y], ...Carry]["length"] & number}` extends `1${infer Units extends Digit}`
      ? Units extends ""
        ? AddDigits<A1, B1, [], `${Out}1`>
        : AddDigits<A1, B1, [1], `${Out}${Units}`>
      : AddDigits<A1, B1, [], `${Out}${[...Tally[X], ...Tally[Y], ...Carry]["length"] & number}`>
    : never;

/** A − B, or null where A < B. */
type SubtractDigits<
  A extends string,
  B extends string,
  Borrow extends 1[] = [],
  Out extends string = "",
> = `${A}${B}` extends ""
  ? Borrow extends []
    ? Out
    : null
  : [Split<A>, Split<B>] extends [
        [infer X extends Digit, infer A1 extends string],
        [infer Y extends Digit, infer B1 extends string],
      ]
    ? Tally[X] extends [...Tally[Y], ...Borrow, ...infer Rest]
      ? SubtractDigits<A1, B1, [], `${Out}${Rest["length"]}`>
      : [...Tally[X], ...Tally["9"], 1] extends [...Tally[Y], ...Borrow, ...infer Rest]
        ? SubtractDigits<A1, B1, [1], `${Out}${Rest["length"]}`>
        : never
    : never;

/** Σ over the digits of B of A · digit · 10^place; `Zeros` are the places passed. */
type MultiplyDigits<
  A extends string,
  B extends string,
  Zeros extends string = "",
  Out extends string = "",
> = B extends `${infer D extends Digit}${infer Rest}`
  ? MultiplyDigits<A, Rest, `0${Zeros}`, AddTimes<`${Zeros}${A}`, Tally[D], Out>>
  : Out;
/** Out + A · (number of tallies) */
type AddTimes<A extends string, Times extends readonly 1[], Out extends string> = Times extends readonly [
  1,
  ...infer Less extends readonly 1[],
]
  ? AddTimes<A, Less, AddDigits<A, Out>>
  : Out;

/** Digits of the dividend, highest first, are taken down one by one; the divisor is subtracted as often as it goes. */
type LongDivision<
  Dividend extends string,
  Divisor extends string,
  Rest extends string = "",
  Quotient extends string = "",
> = Dividend extends `${infer D}${infer More}`
  ? SubtractOften<`${D}${Rest}`, Divisor> extends [infer Times extends number, infer Left extends string]
    ? LongDivision<More, Divisor, Left, `${Quotient}${Times}`>
    : never
  : [TrimZeros<Quotient> extends `${infer Q extends number}` ? Q : number, ToNumber<Rest>];
type SubtractOften<A extends string, B extends string, Times extends readonly 1[] = []> =
  SubtractDigits<A, B> extends infer R
    ? R extends string
      ? SubtractOften<R, B, [...Times, 1]>
      : [Times["length"], A]
    : never;
